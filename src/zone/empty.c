/* placeholder until the folder has sources */
typedef int zone_empty;
