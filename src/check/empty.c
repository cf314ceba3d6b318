/* placeholder until the folder has sources */
typedef int check_empty;
