/* collections.c -- see collections.h. */
#include "zone/collections.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/intern.h"
#include "base/mem.h"
#include "base/str.h"

/* Collections while they are collected. */
struct collector {
    struct collections *collections;
    size_t room;
    const char *copies_dir;
    const struct collections *old;
    struct intern *dirs; /* device and inode of each that was read */
    struct diag *diag;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct collection *)a)->name, ((const struct collection *)b)->name);
}

const struct collection *collections_find(const struct collections *collections, const char *name)
{
    const struct collection wanted = {.name = (char *)name};

    if (collections == NULL || collections->count == 0)
        return NULL;
    return bsearch(&wanted, collections->list, collections->count, sizeof(wanted), compare);
}

/* The collection of a name among those that were found, which are not sorted yet, or NULL. */
static const struct collection *find_collected(const struct collector *collector, const char *name)
{
    for (size_t i = 0; i < collector->collections->count; i++)
        if (strcmp(collector->collections->list[i].name, name) == 0)
            return &collector->collections->list[i];
    return NULL;
}

/* Takes over the part. */
static void add(struct collector *collector, const char *name, struct part *part)
{
    struct collections *collections = collector->collections;

    if (collections->count == collector->room) {
        collector->room = collector->room > 0 ? 2 * collector->room : 16;
        collections->list =
                mem_resize(collections->list, collector->room, sizeof(*collections->list));
    }
    collections->list[collections->count++] = (struct collection){mem_string(name), part};
}

static bool is_name(const char *name)
{
    static const char allowed[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strlen(name);

    return length > 0 && length <= COLLECTIONS_NAME_MAX && strspn(name, allowed) == length;
}

/* What the copy of a collection is called: as its file.  New. */
static char *name_copy(const char *name)
{
    size_t size = strlen(name) + sizeof(COLLECTIONS_SUFFIX);
    char *ret = mem_alloc(size);
    snprintf(ret, size, "%s%s", name, COLLECTIONS_SUFFIX);
    return ret;
}

/* Loads the file of one collection. */
static void load(struct collector *collector, const char *name, const char *path)
{
    const struct diag_place place = {.file = path};
    const struct collection *twin = find_collected(collector, name);
    const struct collection *old = collections_find(collector->old, name);

    if (!is_name(name)) {
        diag_error(collector->diag, place,
                "\"%s\" is no name of a collection: wanted 1 to %u of A-Z, a-z, 0-9, _ and -", name,
                COLLECTIONS_NAME_MAX);
        return;
    }
    if (twin != NULL) {
        diag_error(collector->diag, place, "the collection \"%s\" comes from %s already", name,
                twin->part->path);
        return;
    }
    if (collector->collections->count == COLLECTIONS_MAX) {
        diag_error(collector->diag, place, "more than %u collections", COLLECTIONS_MAX);
        return;
    }
    char *copy_name = name_copy(name);
    const struct part_source source = {path, collector->copies_dir, copy_name};
    struct part *part =
            part_load(&part_cidr, &source, old != NULL ? old->part : NULL, collector->diag);
    if (part != NULL)
        add(collector, name, part);
    free(copy_name);
}

static bool is_within(const char *path, const char *dir)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && (size_t)(slash - path) == strlen(dir) &&
           strncmp(path, dir, strlen(dir)) == 0;
}

/* What was known from a directory that cannot be read now stays.  If nothing was, nobody may be waiting for
 * anything: a zone that names a collection says so itself. */
static void keep_dir(struct collector *collector, const char *dir, int error)
{
    uint32_t kept = 0;

    for (size_t i = 0; collector->old != NULL && i < collector->old->count; i++) {
        const struct collection *old = &collector->old->list[i];
        if (!is_within(old->part->path, dir) || find_collected(collector, old->name) != NULL)
            continue;
        add(collector, old->name, part_ref(old->part));
        kept++;
    }
    if (kept > 0)
        diag_error(collector->diag, (struct diag_place){.file = dir},
                "cannot be read: %s; the last good version of %u CIDR collection%s stays in force",
                err_text(error), kept, kept == 1 ? "" : "s");
    else
        diag_warning(collector->diag, (struct diag_place){.file = dir},
                "CIDR collections cannot be looked for: %s", err_text(error));
}

/* Files whose name starts with a dot are what editors leave behind. */
static int is_collection(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends_with(entry->d_name, COLLECTIONS_SUFFIX);
}

/* Whether a directory was read under another name. */
static bool is_read(struct collector *collector, const char *dir)
{
    struct stat st;

    if (stat(dir, &st) == -1)
        return false;
    const uint64_t id[2] = {st.st_dev, st.st_ino};
    uint32_t known = intern_count(collector->dirs);
    return intern_add(collector->dirs, id, sizeof(id)) < known;
}

static void load_dir(struct collector *collector, const char *dir)
{
    struct dirent **entries = NULL;

    if (is_read(collector, dir))
        return;
    int found = scandir(dir, &entries, is_collection, alphasort);
    if (found < 0) {
        keep_dir(collector, dir, -errno);
        return;
    }
    for (int i = 0; i < found; i++) {
        char *path = file_path(dir, entries[i]->d_name);
        char *name = mem_string(entries[i]->d_name);
        name[strlen(name) - strlen(COLLECTIONS_SUFFIX)] = '\0';
        load(collector, name, path);
        free(name);
        free(path);
        free(entries[i]);
    }
    free(entries);
}

/* Removes the copies of collections that are gone. */
static void forget_gone(const struct collector *collector)
{
    const struct collections *old = collector->old;

    for (size_t i = 0; old != NULL && i < old->count; i++) {
        if (find_collected(collector, old->list[i].name) != NULL)
            continue;
        char *copy_name = name_copy(old->list[i].name);
        part_forget(collector->copies_dir, copy_name);
        free(copy_name);
    }
}

struct collections *collections_load(
        const struct collections_sources *sources, const struct collections *old, struct diag *diag)
{
    struct collections *collections = mem_zalloc(1, sizeof(*collections));
    struct collector collector = {
            .collections = collections,
            .copies_dir = sources->copies_dir,
            .old = old,
            .dirs = intern_new(),
            .diag = diag,
    };

    for (uint32_t i = 0; i < sources->dirs_count; i++)
        load_dir(&collector, sources->dirs[i]);
    forget_gone(&collector);
    intern_free(collector.dirs);
    if (collections->count > 0)
        qsort(collections->list, collections->count, sizeof(*collections->list), compare);
    return collections;
}

void collections_free(struct collections *collections)
{
    if (collections == NULL)
        return;
    for (size_t i = 0; i < collections->count; i++) {
        free(collections->list[i].name);
        part_unref(collections->list[i].part);
    }
    free(collections->list);
    free(collections);
}

/* ------------------------------------------------------------------ directories */

/* Adds the first `length` bytes of a path. */
static void add_dir(struct intern *dirs, const char *path, size_t length)
{
    if (length == 0)
        path = path[0] == '/' ? "/" : ".";
    intern_add(dirs, path, length > 0 ? (uint32_t)length : 1);
}

char **collections_dirs(
        const char *zones_dir, char *const *zones, size_t zone_count, uint32_t *ret_count)
{
    struct intern *dirs = intern_new();
    uint32_t size;

    if (zones_dir != NULL)
        add_dir(dirs, zones_dir, strlen(zones_dir));
    for (size_t i = 0; i < zone_count; i++) {
        const char *equals = strchr(zones[i], '=');
        const char *path = equals != NULL ? equals + 1 : zones[i];
        const char *slash = strrchr(path, '/');
        add_dir(dirs, path, slash != NULL ? (size_t)(slash - path) : 0);
    }
    uint32_t count = intern_count(dirs);
    char **list = mem_zalloc(count, sizeof(*list));
    for (uint32_t i = 0; i < count; i++) {
        const char *dir = intern_at(dirs, i, &size);
        list[i] = mem_zalloc(size + 1, 1);
        memcpy(list[i], dir, size);
    }
    intern_free(dirs);
    *ret_count = count;
    return list;
}

void collections_dirs_free(char **dirs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        free(dirs[i]);
    free(dirs);
}
