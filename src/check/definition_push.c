/* definition_push.c -- see definition_reader.h: the members of checks that are not probed but told:
 * HEARTBEAT, CLOUDWATCH_METRIC and RECOVERY_CONTROL. */
#include <string.h>

#include "base/str.h"
#include "check/definition_reader.h"

#define ALARM_NAME_MAX  256U /* route53.md 3.2 */
#define CONTROL_ARN_MAX 255U
#define REGION_MAX      64U

/* A text that people see, and the list of what was told. */
static const char *get_printable(
        struct definition_reader *reader, const json_t *value, size_t most, bool blanks)
{
    const char *text = definition_text(reader, value, most);
    if (text == NULL)
        return NULL;
    if (str_is_printable(text) && (blanks || strchr(text, ' ') == NULL))
        return arena_string(reader->arena, text);
    json_path_fault(&reader->path, "\"%s\" is no name: wanted printable ASCII%s", text,
            blanks ? "" : " without blanks");
    return NULL;
}

static const char *get_member(struct definition_reader *reader, const json_t *object,
        const char *name, size_t most, bool blanks)
{
    json_path_enter_member(&reader->path, name);
    const char *text = get_printable(reader, json_object_get(object, name), most, blanks);
    json_path_leave(&reader->path);
    return text;
}

void definition_read_alarm(
        struct definition_reader *reader, const json_t *value, struct check_push *ret)
{
    static const char *const members[] = {"Region", "Name"};

    if (!json_is_object(value)) {
        json_path_fault(&reader->path, "is %s; wanted an object with Region and Name",
                definition_kind(value));
        return;
    }
    definition_check_members(reader, value, members, COUNT(members));
    const char *region = get_member(reader, value, "Region", REGION_MAX, false);
    const char *name = get_member(reader, value, "Name", ALARM_NAME_MAX, true);
    if (region == NULL || name == NULL)
        return;
    ret->region = region;
    ret->name = name;
}

void definition_read_insufficient(
        struct definition_reader *reader, const json_t *value, struct check_push *ret)
{
    static const char *const words[] = {
            [INSUFFICIENT_LAST_KNOWN] = "LastKnownStatus",
            [INSUFFICIENT_HEALTHY] = "Healthy",
            [INSUFFICIENT_UNHEALTHY] = "Unhealthy",
    };
    const char *text = definition_text(reader, value, DEFINITION_TEXT_MAX);

    if (text == NULL)
        return;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(text, words[i]) != 0)
            continue;
        ret->insufficient = (enum check_insufficient)i;
        return;
    }
    json_path_fault(&reader->path,
            "is \"%s\"; wanted \"Healthy\", \"Unhealthy\" or \"LastKnownStatus\"", text);
}

void definition_read_control(
        struct definition_reader *reader, const json_t *value, struct check_push *ret)
{
    const char *name = get_printable(reader, value, CONTROL_ARN_MAX, false);
    if (name != NULL)
        ret->name = name;
}

void definition_finish_push(struct definition_reader *reader, struct definition *ret)
{
    const struct check_push *push = &ret->target.push;
    enum check_type type = ret->target.type;
    const char *wanted = type == CHECK_HEARTBEAT && push->ttl_ms == 0            ? "TimeToLive"
                         : type == CHECK_CLOUDWATCH_METRIC && push->name == NULL ? "AlarmIdentifier"
                         : type == CHECK_RECOVERY_CONTROL && push->name == NULL
                                 ? "RoutingControlArn"
                                 : NULL;

    if (wanted != NULL)
        json_path_fault(
                &reader->path, "a check of type %s wants %s", check_type_name(type), wanted);
    if (type == CHECK_HEARTBEAT || check_type_is_switched(type))
        ret->rule.fall = ret->rule.rise = 1;
}
