/* placeholder until the folder has sources */
typedef int route_empty;
