/* placeholder until the folder has sources */
typedef int dns_empty;
