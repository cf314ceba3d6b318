/* test_text.c -- src/dns/text.c and field.c */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "dns/rr.h"
#include "dns/text.h"

#define EX "076578616d706c6503636f6d00" /* the origin, in hex */

static const uint8_t *const origin = (const uint8_t *)"\7example\3com";

static uint16_t type_of(const char *mnemonic)
{
    uint16_t type;
    if (text_type_parse(mnemonic, &type) != 0)
        fail_msg("%s is no type", mnemonic);
    return type;
}

/* Parses into `ret`, of RR_RDATA_MAX bytes. */
static int parse(const char *type, const char *text, uint8_t *ret, char why[TEXT_ERROR_MAX])
{
    struct wire_writer writer = {.bytes = ret, .size = RR_RDATA_MAX};
    int got = text_rdata_parse(type_of(type), text, origin, &writer, why);
    if (got >= 0 && (size_t)got != writer.at)
        fail_msg("%s %s: says %d, wrote %zu", type, text, got, writer.at);
    return got;
}

static void to_hex(const uint8_t *bytes, size_t size, char *ret)
{
    *ret = '\0';
    for (size_t i = 0; i < size; i++)
        snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

/* What is printed must be read back as the same bytes. */
static void check_round_trip(const char *type, const uint8_t *rdata, size_t size)
{
    uint8_t again[RR_RDATA_MAX];
    char text[4096];
    char why[TEXT_ERROR_MAX] = "";

    int got = text_rdata_format(type_of(type), rdata, size, text, sizeof(text));
    if (got != 0)
        fail_msg("%s: what was read is not printed: %s", type, text);
    got = parse(type, text, again, why);
    if (got != (int)size || memcmp(again, rdata, size) != 0)
        fail_msg("%s %s: does not come back: %s", type, text, why);
}

static void good_rdata_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text, *hex;
    } cases[] = {
            {"A",          "192.0.2.1",                                                       "c0000201"                                        },
            {"AAAA",       "2001:db8::1",                                                     "20010db8000000000000000000000001"                },
            {"NS",         "a",                                                               "0161" EX                                         },
            {"NS",         "NS1.Example.ORG.",                                                "034e5331074578616d706c65034f524700"              },
            {"NS",         "@",                                                               EX                                                },
            {"MX",         "10 mail",                                                         "000a046d61696c" EX                               },
            {"SOA",        "ns1 hostmaster 2026112201 2h 900 2w 60",
             "036e7331" EX "0a686f73746d6173746572" EX
                    "78c404c900001c2000000384001275000000003c"                                                                                  },
            {"TXT",        "\"hello world\" foo \\\"bar \"a\\065\\\"b\"",
             "0b68656c6c6f20776f726c6403666f6f04226261720461412262"                                                                             },
            {"TXT",        "\"\"",                                                            "00"                                              },
            {"SRV",        "1 2 80 x",                                                        "0001000200500178" EX                             },
            {"CAA",        "0 issue \"letsencrypt.org; x=y\"",
             "000569737375656c657473656e63727970742e6f72673b20783d79"                                                                           },
            {"NAPTR",      "100 10 \"U\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
             "0064000a0155074532552b7369700e215e2e2a24217369703a6140622100"                                                                     },
            {"DS",         "12345 8 2 0123456789abcdef 0123",                                 "303908020123456789abcdef0123"                    },
            {"NSEC",       "next A MX TYPE300 RRSIG",                                         "046e657874" EX "00064001000000020106000000000008"},
            {"NSEC",       "next",                                                            "046e657874" EX                                   },
            {"NSEC3",      "1 1 12 aabbccdd 2t7b4g4v MX DNSKEY",
             "0101000c04aabbccdd05174eb2409f000700010000000080"                                                                                 },
            {"NSEC3",      "1 0 0 - 2t7b4g4v",                                                "010000000005174eb2409f"                          },
            {"NSEC3PARAM", "1 0 5 abcd",                                                      "0100000502abcd"                                  },
            {"TLSA",       "3 1 1 0d6fce3320",                                                "0301010d6fce3320"                                },
            {"TLSA",       "DANE-EE SPKI SHA2-256 0d6fce3320",                                "0301010d6fce3320"                                },
            {"SSHFP",      "1 1 dd465c09cfa51fb45020cc83316fff21b9ec74ac",
             "0101dd465c09cfa51fb45020cc83316fff21b9ec74ac"                                                                                     },
            {"HTTPS",      "1 . alpn=\"h2,h3\" ipv4hint=192.0.2.1,192.0.2.2",
             "0001000001000602683202683300040008c0000201c0000202"                                                                               },
            {"SVCB",       "0 foo",                                                           "000003666f6f" EX                                 },
            {"SVCB",       "1 foo key65000=\"a b\" ",                                         "000103666f6f" EX "fde80003612062"                },
            {"SVCB",       "1 foo mandatory=alpn alpn=h2",
             "000103666f6f" EX "00000002000100010003026832"                                                                                     },
            {"LOC",        "9 N 4 E 3m",                                                      "0012161381ee628080dbba00009897ac"                },
            {"LOC",        "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
             "000016138b3cf018810cbce0009895b8"                                                                                                 },
            {"HINFO",      "\"PC\" \"Linux\"",                                                "025043054c696e7578"                              },
            {"RP",         "mbox txt",                                                        "046d626f78" EX "03747874" EX                     },
            {"AFSDB",      "1 host",                                                          "000104686f7374" EX                               },
            {"APL",        "1:192.168.32.0/21 !1:192.168.38.0/28",                            "00011503c0a82000011c83c0a826"                    },
            {"APL",        "",                                                                ""                                                },
            {"IPSECKEY",   "10 1 2 192.0.2.38 AwEA",                                          "0a0102c0000226030100"                            },
            {"IPSECKEY",   "10 3 2 mygw AwEA",                                                "0a0302046d796777" EX "030100"                    },
            {"IPSECKEY",   "10 0 2 . AwEA",                                                   "0a0002030100"                                    },
            {"IPSECKEY",   "10 0 2 .",                                                        "0a0002"                                          },
            {"CERT",       "PKIX 1 8 AwEA",                                                   "0001000108030100"                                },
            {"CERT",       "65535 1 8 AwEA",                                                  "ffff000108030100"                                },
            {"DHCID",      "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
             "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40"                                                           },
            {"EUI48",      "00-00-5e-00-53-2a",                                               "00005e00532a"                                    },
            {"EUI64",      "00-00-5e-ef-10-00-00-2a",                                         "00005eef1000002a"                                },
            {"NID",        "10 0014:4fff:ff20:ee64",                                          "000a00144fffff20ee64"                            },
            {"L32",        "10 10.1.2.0",                                                     "000a0a010200"                                    },
            {"L64",        "10 2001:0DB8:1140:1000",                                          "000a20010db811401000"                            },
            {"LP",         "10 l64",                                                          "000a036c3634" EX                                 },
            {"URI",        "10 1 \"ftp://ftp1.example.com/public\"",
             "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963"                                                               },
            {"CSYNC",      "66 3 A NS AAAA",                                                  "000000420003000460000008"                        },
            {"ZONEMD",     "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE",
             "7848b78c0101febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee"                                                                     },
            {"SMIMEA",     "3 1 1 abcd",                                                      "030101abcd"                                      },
            {"CDS",        "0 0 0 00",                                                        "0000000000"                                      },
            {"CDNSKEY",    "0 3 0 AA==",                                                      "0000030000"                                      },
            {"X25",        "311061700956",                                                    "0c333131303631373030393536"                      },
            {"ISDN",       "150862028003217 004",                                             "0f31353038363230323830303332313703303034"        },
            {"ISDN",       "150862028003217",                                                 "0f313530383632303238303033323137"                },
            {"RT",         "10 relay",                                                        "000a0572656c6179" EX                             },
            {"NSAP",       "0x47000580005a0000000001e133ffffff00016100",
             "47000580005a0000000001e133ffffff00016100"                                                                                         },
            {"GPOS",       "-32.6882 116.8652 10.0",                                          "082d33322e36383832083131362e383635320431302e30"  },
            {"PX",         "10 map822 mapx400",                                               "000a066d6170383232" EX "076d617078343030" EX     },
            {"KX",         "10 kx",                                                           "000a026b78" EX                                   },
            {"KEY",        "256 3 8 AwEA",                                                    "01000308030100"                                  },
            {"WKS",        "192.0.2.1 tcp smtp 80",                                           "c0000201060000004000000000000080"                },
            {"WKS",        "192.0.2.1 6 25",                                                  "c00002010600000040"                              },
            {"SPF",        "\"v=spf1 -all\"",                                                 "0b763d73706631202d616c6c"                        },
            {"TALINK",     "a b",                                                             "0161" EX "0162" EX                               },
            {"EID",        "abcd",                                                            "abcd"                                            },
            {"NIMLOC",     "abcd",                                                            "abcd"                                            },
            {"SINK",       "1",                                                               "01"                                              },
            {"TYPE65000",  "\\# 3 abcdef",                                                    "abcdef"                                          },
            {"TYPE65000",  "\\# 0",                                                           ""                                                },
            {"TYPE1",      "192.0.2.1",                                                       "c0000201"                                        },
            {"A",          "\\# 4 0a000001",                                                  "0a000001"                                        },
            {"A",          "\\# 4 0a0000 01",                                                 "0a000001"                                        },
            {"NS",         "\\# 3 016100",                                                    "016100"                                          },
            {"APL",        "\\# 0",                                                           ""                                                },
            {"TXT",        "\\# 2 0161",                                                      "0161"                                            },
            {"MX",         "\\# 3 000100",                                                    "000100"                                          },
            {"DNAME",      "foo",                                                             "03666f6f" EX                                     },
            {"DLV",        "12345 8 2 0123",                                                  "303908020123"                                    },
            {"PTR",        "foo\\.bar\\032baz\\@",                                            "0c666f6f2e6261722062617a40" EX                   },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t rdata[RR_RDATA_MAX];
        char hex[2048];
        char why[TEXT_ERROR_MAX] = "";
        int got = parse(cases[i].type, cases[i].text, rdata, why);
        if (got < 0)
            fail_msg("%s %s: refused: %s", cases[i].type, cases[i].text, why);
        to_hex(rdata, (size_t)got, hex);
        if (strcmp(hex, cases[i].hex) != 0)
            fail_msg("%s %s: got %s", cases[i].type, cases[i].text, hex);
        check_round_trip(cases[i].type, rdata, (size_t)got);
    }
}

static void bad_rdata_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text, *why;
    } cases[] = {
            {"A",          "10.0.0.300",                                                          "not an IPv4 address: \"10.0.0.300\""               },
            {"A",          "192.0.2.1 x",                                                         "unexpected text behind the last value: \"x\""      },
            {"A",          "",                                                                    "A wants 1 value, here are 0"                       },
            {"AAAA",       "1.2.3.4",                                                             "not an IPv6 address: \"1.2.3.4\""                  },
            {"MX",         "mail",                                                                "not a number from 0 to 65535: \"mail\""            },
            {"MX",         "70000 mail",                                                          "not a number from 0 to 65535: \"70000\""           },
            {"TXT",        "\"abc",                                                               "a quoted string is not closed"                     },
            {"CAA",        "0 is-sue \"x\"",                                                      "not a tag of letters and digits: \"is-sue\""       },
            {"DS",         "12345 RSASHA256 2 012",                                               "an odd number of hexadecimal digits: \"012\""      },
            {"DS",         "12345 8x 2 0123",                                                     "not a number from 0 to 255: \"8x\""                },
            {"DNSKEY",     "257 3 13 AwEA AaZ=",                                                  "base64 that is not whole: \"AwEA\""                },
            {"DNSKEY",     "257 3 13 AwEA!AaZ=",                                                  "not base64: \"AwEA!AaZ=\""                         },
            {"RRSIG",      "A 13 2 300 20260101000000 20250101000000 1234 example.com. AwEAAaZ=",
             "base64 that is not whole: \"AwEAAaZ=\""                                                                                                 },
            {"RRSIG",      "A 13 2 300 2026010100000 20250101000000 1234 example.com. AwEAAaZ=",
             "not a number from 0 to 4294967295: \"2026010100000\""                                                                                   },
            {"NSEC",       "next FOO",                                                            "not a record type: \"FOO\""                        },
            {"NSEC3",      "1 0 0 zz 2t7b4g4v",                                                   "not a salt in hex, or - for none: \"zz\""          },
            {"SVCB",       "1 foo ipv4hint=300.1.1.1",
             "not parameters (key=value ...): \"ipv4hint=300.1.1.1\""                                                                                 },
            {"LOC",        "52",                                                                  "not a location (RFC 1876): \"52\""                 },
            {"LOC",        "9 N 4 E 3m 1m 2m 3m 4m",
             "not a location (RFC 1876): \"9 N 4 E 3m 1m 2m 3m 4m\""                                                                                  },
            {"LOC",        "999 N 4 E 3m",                                                        "not a location (RFC 1876): \"999 N 4 E 3m\""       },
            {"LOC",        "9 60 N 4 E 3m",                                                       "not a location (RFC 1876): \"9 60 N 4 E 3m\""      },
            {"LOC",        "9 N 4 E",                                                             "not a location (RFC 1876): \"9 N 4 E\""            },
            {"APL",        "1:192.168.32.0/99",
             "not a prefix (family:address/length): \"1:192.168.32.0/99\""                                                                            },
            {"SVCB",       "1 foo alpn=h2 alpn=h3",
             "not parameters (key=value ...): \"alpn=h2 alpn=h3\""                                                                                    },
            {"SVCB",       "1 foo mandatory=alpn",                                                "not parameters (key=value ...): \"mandatory=alpn\""},
            {"APL",        "3:foo/1",                                                             "not a prefix (family:address/length): \"3:foo/1\"" },
            {"IPSECKEY",   "10 9 2 .",                                                            "not a gateway type from 0 to 3: \"9\""             },
            {"EUI48",      "00-00-5e-00-53-2a-aa",                                                "not an EUI-48 address: \"00-00-5e-00-53-2a-aa\""   },
            {"EUI48",      "00-00-5e-00-53",                                                      "not an EUI-48 address: \"00-00-5e-00-53\""         },
            {"NID",        "10 0014:4fff:ff20:ee64:1",
             "not a 64-bit identifier: \"0014:4fff:ff20:ee64:1\""                                                                                     },
            {"OPENPGPKEY", "AwEAAaZ=",                                                            "base64 that is not whole: \"AwEAAaZ=\""            },
            {"NSAP",       "47",                                                                  "not an NSAP address: \"47\""                       },
            {"NSAP",       "0x",                                                                  "not an NSAP address: \"0x\""                       },
            {"NSAP",       "0x470",                                                               "not an NSAP address: \"0x470\""                    },
            {"ATMA",       ".",                                                                   "not an ATM address: \".\""                         },
            {"ATMA",       "47.0",                                                                "not an ATM address: \"47.0\""                      },
            {"ATMA",       "+61.2.0000.0000",                                                     "not an ATM address: \"+61.2.0000.0000\""           },
            {"SIG",        "A 13 2 300 20260101000000 20250101000000 1234 example.com. AwEAAaZ=",
             "base64 that is not whole: \"AwEAAaZ=\""                                                                                                 },
            {"NULL",       "foo",
             "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)"                                                            },
            {"A6",         "0 ::1",
             "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)"                                                            },
            {"TYPE65000",  "\\# 3 abcd",                                                          "\\# says 3 bytes, but here are 2"                  },
            {"TYPE65000",  "foo",
             "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)"                                                            },
            {"A",          "\\# 3 0a0000",                                                        "these bytes are not the rdata of A"                },
            {"NS",         "\\# 2 c000",                                                          "these bytes are not the rdata of NS"               },
            {"A",          "\\# 0",                                                               "these bytes are not the rdata of A"                },
            {"TXT",        "\\# 0",                                                               "these bytes are not the rdata of TXT"              },
            {"TXT",        "\\# 2 0561",                                                          "these bytes are not the rdata of TXT"              },
            {"SOA",        "\\# 2 0000",                                                          "these bytes are not the rdata of SOA"              },
            {"TSIG",       "foo",
             "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)"                                                            },
            {"OPT",        "foo",
             "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)"                                                            },
            {"ANY",        "x",
             "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)"                                                            },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t rdata[RR_RDATA_MAX];
        char why[TEXT_ERROR_MAX] = "";
        int got = parse(cases[i].type, cases[i].text, rdata, why);
        if (got != ERR_SYNTAX)
            fail_msg("%s %s: got %d", cases[i].type, cases[i].text, got);
        if (strcmp(why, cases[i].why) != 0)
            fail_msg("%s %s: says %s", cases[i].type, cases[i].text, why);
    }
}

static void a_bad_name_is_shown(void **state)
{
    (void)state;
    uint8_t rdata[RR_RDATA_MAX];
    char why[TEXT_ERROR_MAX] = "";
    assert_int_equal(parse("NS", "a..b", rdata, why), ERR_SYNTAX);
    assert_non_null(strstr(why, "not a domain name"));
    assert_non_null(strstr(why, ": \"a..b\""));
}

static void rdata_ends_where_the_room_does(void **state)
{
    (void)state;
    char why[TEXT_ERROR_MAX] = "";
    uint8_t bytes[6] = {9, 9, 9, 9, 9, 9};
    struct wire_writer writer = {.bytes = bytes, .size = 5, .at = 1};

    assert_int_equal(text_rdata_parse(RR_A, "1.2.3.4", origin, &writer, why), 4);
    assert_int_equal(writer.at, 5);
    assert_memory_equal(bytes, "\x9\1\2\3\4\x9", 6);
    assert_int_equal(text_rdata_parse(RR_A, "1.2.3.4", origin, &writer, why), ERR_TOO_LARGE);
    assert_string_equal(why, "the rdata is longer than 0 bytes");
    assert_int_equal(writer.at, 5);
    assert_false(writer.failed);
}

static void rdata_may_have_65535_bytes(void **state)
{
    (void)state;
    static char text[2 * (RR_RDATA_MAX + 1) + 64];
    static uint8_t rdata[RR_RDATA_MAX + 1];
    char why[TEXT_ERROR_MAX] = "";

    for (size_t size = RR_RDATA_MAX; size <= RR_RDATA_MAX + 1; size++) {
        struct wire_writer writer = {.bytes = rdata, .size = sizeof(rdata)};
        int at = snprintf(text, sizeof(text), "\\# 65535 ");
        memset(text + at, 'a', 2 * size);
        text[(size_t)at + 2 * size] = '\0';
        int got = text_rdata_parse(65280, text, origin, &writer, why);
        assert_int_equal(got, size == RR_RDATA_MAX ? (int)RR_RDATA_MAX : ERR_TOO_LARGE);
    }
}

static void strings_hold_255_bytes(void **state)
{
    (void)state;
    char text[4 * 256 + 1] = "";
    uint8_t rdata[RR_RDATA_MAX];
    char why[TEXT_ERROR_MAX] = "";

    for (int i = 0; i < 255; i++)
        memcpy(text + 4 * i, "\\255", 5);
    assert_int_equal(parse("TXT", text, rdata, why), 256);
    memcpy(text + 4 * 255, "x", 2);
    assert_int_equal(parse("TXT", text, rdata, why), ERR_SYNTAX);
}

static void damaged_rdata_is_printed_in_hex(void **state)
{
    (void)state;
    char text[64];

    assert_int_equal(
            text_rdata_format(RR_A, (const uint8_t *)"\1\2\3", 3, text, sizeof(text)), ERR_SYNTAX);
    assert_string_equal(text, "\\# 3 010203");
    assert_int_equal(text_rdata_format(RR_A, (const uint8_t *)"\1\2\3\4", 4, text, 6), 0);
    assert_string_equal(text, "1.2.3");
    assert_int_equal(text_rdata_format(65280, (const uint8_t *)"\1\2\3\4", 4, text, 9), 0);
    assert_string_equal(text, "\\# 4 01");
    assert_int_equal(text_rdata_format(65280, (const uint8_t *)"", 0, text, sizeof(text)), 0);
    assert_string_equal(text, "\\# 0");
}

static void types_have_names_and_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t type; /* 0: refused */
        const char *back;
    } cases[] = {
            {"A",          1,     "A"         },
            {"aaaa",       28,    "AAAA"      },
            {"https",      65,    "HTTPS"     },
            {"NSEC3PARAM", 51,    "NSEC3PARAM"},
            {"TYPE1",      1,     "A"         },
            {"type65280",  65280, "TYPE65280" },
            {"TYPE65535",  65535, "TYPE65535" },
            {"ANY",        255,   "ANY"       },
            {"AXFR",       252,   "AXFR"      },
            {"DLV",        32769, "DLV"       },
            {"TYPE",       0,     NULL        },
            {"TYPE0",      0,     NULL        },
            {"TYPE65536",  0,     NULL        },
            {"TYPE1x",     0,     NULL        },
            {"AA",         0,     NULL        },
            {"",           0,     NULL        },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint16_t type = 0;
        char text[TEXT_TYPE_MAX];
        int got = text_type_parse(cases[i].text, &type);
        if (got != (cases[i].type == 0 ? ERR_SYNTAX : 0) || type != cases[i].type)
            fail_msg("%s: got %d, type %u", cases[i].text, got, type);
        if (got == 0 && strcmp(text_type_format(type, text), cases[i].back) != 0)
            fail_msg("%s: printed as %s", cases[i].text, text);
    }
}

static void offer(void *context, const char *mnemonic)
{
    str_nearest_offer(context, mnemonic);
}

static void types_are_offered(void **state)
{
    (void)state;
    struct str_nearest nearest = {.word = "CNAEM"};
    text_type_each(offer, &nearest);
    assert_non_null(nearest.best);
    assert_string_equal(nearest.best, "CNAME");
    nearest = (struct str_nearest){.word = "TSIGG"};
    text_type_each(offer, &nearest);
    assert_true(nearest.best == NULL || strcmp(nearest.best, "TSIG") != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(good_rdata_is_read),
            cmocka_unit_test(bad_rdata_is_refused_with_a_sentence),
            cmocka_unit_test(a_bad_name_is_shown),
            cmocka_unit_test(rdata_ends_where_the_room_does),
            cmocka_unit_test(rdata_may_have_65535_bytes),
            cmocka_unit_test(strings_hold_255_bytes),
            cmocka_unit_test(damaged_rdata_is_printed_in_hex),
            cmocka_unit_test(types_have_names_and_numbers),
            cmocka_unit_test(types_are_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
