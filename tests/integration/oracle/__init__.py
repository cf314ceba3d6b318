"""The oracle: random zones served by NSD, Knot and Holdfast, asked everything, and compared.

names      domain names as tuples of labels, to text and to wire
generator  a random unit of zones from a seed and a number
questions  what is asked of a unit
wire       queries as bytes, and responses as parts that can be compared
servers    the three servers, each started on a batch of zones
exchange   many queries in flight over UDP
compare    the rule, and the table of differences that an RFC justifies
session    a batch of units on all servers: loaded, asked, judged
shrink     a failing unit made as small as it gets
run        batches on all processors, and the report
"""
