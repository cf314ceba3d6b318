/* user.c -- see user.h. */
#include "user.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define LINE_ROOM 4096U

static bool is_name(const char *text)
{
    return text[0] != '\0' && strlen(text) <= USER_NAME_MAX && strchr(text, ' ') == NULL &&
           str_is_printable(text);
}

const char *user_name(const char *path, uid_t uid, char ret[USER_NAME_MAX + 1])
{
    char room[LINE_ROOM];
    struct passwd entry;
    struct passwd *found = NULL;

    snprintf(ret, USER_NAME_MAX + 1, "uid-%u", (unsigned)uid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ret;
    /* A line that is too long ends the search, like the end of the file. */
    while (fgetpwent_r(file, &entry, room, sizeof(room), &found) == 0)
        if (found->pw_uid == uid)
            break;
    if (found != NULL && is_name(found->pw_name))
        snprintf(ret, USER_NAME_MAX + 1, "%s", found->pw_name);
    fclose(file);
    return ret;
}
