/* placeholder until the folder has sources */
typedef int health_empty;
