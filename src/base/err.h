/* err.h -- the errors of the whole tree: one list of codes, names and texts.
 *
 * Every function that can fail returns int: 0, or a negative code.  A code is either -errno of
 * the system call that failed or one of the codes below, which lie beyond every errno.
 */
#pragma once

#define ERR_MAP(X)                                                                                 \
    X(ERR_SYNTAX, -5000, "malformed input")                                                        \
    X(ERR_TOO_LARGE, -5001, "larger than its named maximum")                                       \
    X(ERR_FAULTY, -5002, "the input has faults, listed with it")                                   \
    X(ERR_TORN, -5003, "caught in the middle of a write")                                          \
    X(ERR_VERSION, -5004, "a version this program does not know")                                  \
    X(ERR_CHECKSUM, -5005, "damaged: the checksum does not match")                                 \
    X(ERR_TRUNCATED, -5006, "cut off before its end")                                              \
    X(ERR_NO_ZONE, -5007, "no zone can be served")                                                 \
    X(ERR_DIFFERENT, -5008, "there are differences")

enum err {
#define ERR_ENUM(name, code, text) name = (code),
    ERR_MAP(ERR_ENUM)
#undef ERR_ENUM
};

/* The text of a negative code, of this list or of errno.  Never NULL; static or thread-local, valid
 * until the next call in the same thread. */
const char *err_text(int code);
