/* placeholder until the folder has sources */
typedef int serve_empty;
