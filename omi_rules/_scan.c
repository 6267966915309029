/* Lines of JSON as columns of numbers, by a plan that `columns.py` makes of a ruleset's vocabulary.

   A line is taken whole or not at all. Whatever is not plainly a valid record (a key that is unknown or comes twice, a
   value of another kind, an escape in a word, a text that is not UTF-8) puts its line in doubt, and the `Reader` of
   single records has the say. So nothing here explains itself: a function that takes a value returns 1 and leaves the
   position behind it, and returns 0 where the line is in doubt.

   No function looks past the end of a line. It ends with a line feed or, the last, with the zero that Python keeps
   behind bytes, and neither may stand inside of JSON as it is read here, so that every loop stops there. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { ABSENT = INT32_MIN, NOTHING }; /* a key that is not there, and null; all values are larger */
enum { BLANK, SURE, DOUBTFUL };       /* lines */
enum { TEXT, WORD, DAY, NUMBER, YES_NO, OBJECT, LIST, TAGGED, MAP };

typedef struct {
    int32_t kind;
    int32_t first, count; /* entries: words, keys, tags; of a list, the node of its items */
    int32_t table;        /* gets a row for each of these; of a list, for each item; -1: none does */
    int32_t low, high;    /* the least and most; see each kind */
} Node;

typedef struct {
    int32_t offset, size; /* its name */
    int32_t node;
    int32_t table, column; /* where its value goes */
    int32_t value;         /* the code of a word or key; of a key of an object, whether it must be there */
} Entry;

typedef struct {
    uint64_t head, tail; /* its first and last bytes: all of them, up to sixteen */
} Name;

typedef struct {
    PyObject *bytes;
    char *data;
    Py_ssize_t width, rows, room; /* bytes of a row; rows */
} Table;

typedef struct {
    const Node *nodes;
    const Entry *entries;
    const char *names;
    Name *told;                     /* the name of each entry */
    Table *tables, *ends, *letters; /* `ends` of the texts among their `letters` */
    int32_t *slots;                 /* entries by their names, from 1; 0 where there is none */
    uint32_t mask;                  /* the number of slots, less one */
    int32_t *first, *next;          /* guesses: the entry found first in a node, and after an entry; from 1 */
    int32_t *seen, line;            /* the line that each key of a map was last found in */
    const char *at, *end;
    int failed; /* out of memory, with Python's error set */
} Scan;

static int value(Scan *s, const Node *node, int32_t *found);

static int make_room(Scan *s, Table *t, Py_ssize_t rows)
{
    Py_ssize_t room = 2 * t->room + rows;
    if (t->rows + rows <= t->room)
        return 1;
    if (PyByteArray_Resize(t->bytes, room * t->width) < 0) {
        s->failed = 1;
        return 0;
    }
    t->data = PyByteArray_AsString(t->bytes);
    t->room = room;
    return 1;
}

static int32_t *last_row(const Table *t)
{
    return (int32_t *)(t->data + (t->rows - 1) * t->width);
}

static int add_row(Scan *s, Table *t)
{
    int32_t *row;
    Py_ssize_t i;
    if (!make_room(s, t, 1))
        return 0;
    t->rows++;
    row = last_row(t);
    for (i = 0; i < t->width / 4; i++)
        row[i] = ABSENT;
    return 1;
}

static void skip_blanks(Scan *s)
{
    while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
        s->at++;
}

/* Whether a character comes next, which is then passed. */
static int passed(Scan *s, char wanted)
{
    skip_blanks(s);
    if (*s->at != wanted)
        return 0;
    s->at++;
    skip_blanks(s);
    return 1;
}

static int passed_word(Scan *s, const char *word)
{
    size_t size = strlen(word);
    if (*s->at != *word || strncmp(s->at, word, size))
        return 0;
    s->at += size;
    return 1;
}

/* The closing quotation mark of a string without escapes, from its first character on; NULL if there is none. Eight
   characters are tried together: `found` has the top bit of each that ends the string or may not stand in it, perhaps
   also of some behind the first of these, and the first is sought. */
static const char *closing(const char *text, const char *end)
{
    const uint64_t each = 0x0101010101010101u, top = 0x80 * each;
    for (; PY_LITTLE_ENDIAN && end - text >= 8; text += 8) {
        uint64_t here, quote, slash, found;
        memcpy(&here, text, 8);
        quote = here ^ '"' * each, slash = here ^ '\\' * each;
        found = (((quote - each) & ~quote) | ((slash - each) & ~slash) | ((here - 0x20 * each) & ~here)) & top;
        if (found) {
            text += ((((found & -found) - 1) & each) * each >> 56) - 1;
            break;
        }
    }
    while ((unsigned char)*text >= 0x20 && *text != '"' && *text != '\\')
        text++;
    return *text == '"' ? text : NULL;
}

static Name name_of(const char *text, Py_ssize_t size)
{
    Name n = {0, 0};
    uint32_t head, tail;
    if (size >= 8) {
        memcpy(&n.head, text, 8);
        memcpy(&n.tail, text + size - 8, 8);
    } else if (size >= 4) {
        memcpy(&head, text, 4);
        memcpy(&tail, text + size - 4, 4);
        n.head = head, n.tail = tail;
    } else if (size) {
        n.head = (unsigned char)text[0] << 8 | (unsigned char)text[size / 2];
        n.tail = (unsigned char)text[size - 1];
    }
    return n;
}

/* Whether a text that is as long as an entry's name is that name. */
static int is_name(const Scan *s, const char *text, Name n, int32_t entry)
{
    const Entry *e = &s->entries[entry];
    const Name *told = &s->told[entry];
    return n.head == told->head && n.tail == told->tail
           && (e->size <= 16 || !memcmp(text, s->names + e->offset, e->size));
}

/* Where to begin to look for a name of a node among the slots. */
static uint32_t slot_of(Name n, Py_ssize_t size, const Node *node)
{
    uint64_t head = (n.head + (uint64_t)size + ((uint64_t)node->first << 32)) * 0x9E3779B97F4A7C15u;
    return (uint32_t)((head ^ n.tail * 0xC2B2AE3D27D4EB4Fu) >> 32);
}

/* The entry of a name; -1 if the node has none. */
static int32_t find(const Scan *s, const char *text, Py_ssize_t size, const Node *node)
{
    Name n = name_of(text, size);
    uint32_t slot = slot_of(n, size, node);
    for (;; slot++) {
        int32_t found = s->slots[slot & s->mask] - 1;
        if (found < 0)
            return -1;
        if (found >= node->first && found < node->first + node->count && s->entries[found].size == size
            && is_name(s, text, n, found))
            return found;
    }
}

/* The entry of the key that comes next, behind which its value follows; -1 if there is none. Records are mostly
   written in one order, so that the key which followed the last time is tried first. */
static int32_t key(Scan *s, const Node *node, int32_t *guess)
{
    const char *text = s->at + 1, *close;
    int32_t found = *guess - 1;
    const Entry *e = &s->entries[found < 0 ? node->first : found];
    if (*s->at != '"')
        return -1;
    if (found >= 0 && s->end - text > e->size && text[e->size] == '"'
        && is_name(s, text, name_of(text, e->size), found))
        close = text + e->size;
    else {
        close = closing(text, s->end);
        found = close ? find(s, text, close - text, node) : -1;
        if (found < 0)
            return -1;
        *guess = found + 1;
    }
    s->at = close + 1;
    return passed(s, ':') ? found : -1;
}

static int word(Scan *s, const Node *node, int32_t *found)
{
    const char *text = s->at + 1, *close = *s->at == '"' ? closing(text, s->end) : NULL;
    int32_t entry = close ? find(s, text, close - text, node) : -1;
    if (entry < 0)
        return 0;
    *found = s->entries[entry].value;
    s->at = close + 1;
    return 1;
}

/* From `low` to `high`, whole, of at most nine digits. */
static int number(Scan *s, const Node *node, int32_t *found)
{
    int negative = *s->at == '-', digits = 0;
    const char *p = s->at + negative;
    int32_t made = 0;
    for (; *p >= '0' && *p <= '9' && digits < 10; p++, digits++)
        if (digits < 9)
            made = 10 * made + (*p - '0');
    if (!digits || digits > 9 || ((p[-digits] == '0') && (digits > 1 || negative)))
        return 0;
    *found = negative ? -made : made;
    s->at = p;
    return *found >= node->low && *found <= node->high;
}

static int leaps_before(int year)
{
    year--;
    return year / 4 - year / 100 + year / 400;
}

/* The number that two digits write; -1 if they are none. */
static int two(const char *p)
{
    unsigned tens = (unsigned)p[0] - '0', ones = (unsigned)p[1] - '0';
    return tens < 10 && ones < 10 ? (int)(10 * tens + ones) : -1;
}

/* As 2006-06-28, from `low` to `high` in days since 1970-01-01. */
static int day(Scan *s, const Node *node, int32_t *found)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    const char *p = s->at;
    int century, year, month, date, leap;
    if (s->end - p < 12 || p[0] != '"' || p[5] != '-' || p[8] != '-' || p[11] != '"')
        return 0;
    century = two(p + 1), year = two(p + 3), month = two(p + 6), date = two(p + 9);
    if (century < 0 || year < 0 || month < 1 || month > 12 || date < 1)
        return 0;
    year += 100 * century;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (date > before[month] - before[month - 1] + (leap && month == 2))
        return 0;
    *found = 365 * (year - 1970) + leaps_before(year) - leaps_before(1970) + before[month - 1] + (leap && month > 2)
             + date - 1;
    s->at = p + 12;
    return *found >= node->low && *found <= node->high;
}

/* How many bytes the UTF-8 of a character has that is none of ASCII's; 0 if it is not valid. */
static int width_of(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    int more = *p < 0xC2 ? 0 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : *p < 0xF5 ? 3 : 0, i;
    for (i = 1; i <= more; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] >= 0xA0)) /* longer than need be; half a pair */
        return 0;
    if ((*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] >= 0x90)) /* longer than need be; past the last */
        return 0;
    return more ? more + 1 : 0;
}

/* The number that four hexadecimal digits behind `\u` write; -1 if they are none. */
static int32_t unit(const char *p)
{
    int32_t made = 0;
    int i;
    if (p[0] != '\\' || p[1] != 'u')
        return -1;
    for (i = 2; i < 6; i++) {
        int c = p[i] | 0x20;
        if (p[i] >= '0' && p[i] <= '9')
            made = 16 * made + (p[i] - '0');
        else if (c >= 'a' && c <= 'f')
            made = 16 * made + (c - 'a' + 10);
        else
            return -1;
    }
    return made;
}

/* Writes the character of an escape as UTF-8; how many bytes the escape took, or 0 if it is not valid. */
static int escape(const char *p, char **to)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *name = p[1] ? strchr(names, p[1]) : NULL;
    int32_t code, low;
    int taken = 6;
    if (name) {
        *(*to)++ = meant[name - names];
        return 2;
    }
    code = unit(p);
    if (code < 0 || (code >= 0xDC00 && code < 0xE000))
        return 0;
    if (code >= 0xD800 && code < 0xDC00) {
        low = unit(p + 6);
        if (low < 0xDC00 || low >= 0xE000)
            return 0;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        taken = 12;
    }
    if (code < 0x80)
        *(*to)++ = (char)code;
    else {
        int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        *(*to)++ = (char)((0xFF00 >> (more + 1)) | (code >> 6 * more)); /* as many ones as there are bytes */
        while (more--)
            *(*to)++ = (char)(0x80 | ((code >> 6 * more) & 0x3F));
    }
    return taken;
}

/* Of at most `high` characters. What is found is its number among all texts. */
static int text(Scan *s, const Node *node, int32_t *found)
{
    const char *p = s->at + 1;
    char *to;
    int32_t characters = 0;
    if (*s->at != '"' || !make_room(s, s->letters, s->end - p) || !make_room(s, s->ends, 1))
        return 0;
    to = s->letters->data + s->letters->rows; /* no escape is shorter than what it stands for */
    for (; *p != '"'; characters++)
        if ((unsigned char)*p < 0x20)
            return 0;
        else if (*p == '\\') {
            int taken = escape(p, &to);
            if (!taken)
                return 0;
            p += taken;
        } else if ((unsigned char)*p < 0x80)
            *to++ = *p++;
        else {
            int width = width_of(p);
            if (!width)
                return 0;
            memcpy(to, p, width);
            to += width, p += width;
        }
    if (!characters || characters > node->high)
        return 0;
    s->letters->rows = to - s->letters->data;
    *found = (int32_t)s->ends->rows++;
    *last_row(s->ends) = (int32_t)s->letters->rows;
    s->at = p + 1;
    return 1;
}

/* Behind the brace. `high` of its keys must be there. */
static int members(Scan *s, const Node *node)
{
    int32_t needed = node->high, entry, made;
    int32_t *guess = &s->first[node - s->nodes];
    while (*s->at != '}') {
        const Entry *e;
        entry = key(s, node, guess);
        if (entry < 0)
            return 0;
        guess = &s->next[entry];
        e = &s->entries[entry];
        if (last_row(&s->tables[e->table])[e->column] != ABSENT)
            return 0;
        if (!e->value && passed_word(s, "null"))
            made = NOTHING;
        else if (!value(s, &s->nodes[e->node], &made))
            return 0;
        last_row(&s->tables[e->table])[e->column] = made; /* looked up once more: tables move as they grow */
        needed -= e->value;
        if (!passed(s, ','))
            break;
        if (*s->at == '}')
            return 0;
    }
    return !needed && passed(s, '}');
}

static int object(Scan *s, const Node *node, int32_t *found)
{
    *found = 1;
    return passed(s, '{') && (node->table < 0 || add_row(s, &s->tables[node->table])) && members(s, node);
}

/* What is found is how many items there are. */
static int list(Scan *s, const Node *node, int32_t *found)
{
    int32_t item;
    *found = 0;
    if (!passed(s, '['))
        return 0;
    while (*s->at != ']') {
        if (!value(s, &s->nodes[node->first], &item))
            return 0;
        if (node->table >= 0) {
            if (!add_row(s, &s->tables[node->table]))
                return 0;
            *last_row(&s->tables[node->table]) = item;
        }
        ++*found;
        if (!passed(s, ','))
            break;
        if (*s->at == ']')
            return 0;
    }
    return passed(s, ']');
}

/* An object whose keys follow from its tag, wherever that stands in it; `low` is the entry with the tag's name. */
static int tagged(Scan *s, const Node *node, int32_t *found)
{
    const char *begin = s->at, *p;
    const Entry *tag = &s->entries[node->low];
    int depth = 0;
    for (p = begin; p < s->end; p++)
        if (*p == '{' || *p == '[')
            depth++;
        else if (*p == '}' || *p == ']') {
            if (!--depth)
                return 0;
        } else if (*p == '"') {
            const char *name = ++p;
            for (; (unsigned char)*p >= 0x20 && *p != '"'; p++)
                if (*p == '\\' && (unsigned char)p[1] >= 0x20)
                    p++;
            if (*p != '"')
                return 0;
            if (p - name == tag->size && !memcmp(name, s->names + tag->offset, tag->size)) {
                s->at = p + 1;
                if (passed(s, ':'))
                    break;
            }
        }
    if (p >= s->end || !word(s, node, found))
        return 0;
    s->at = begin;
    return add_row(s, &s->tables[node->table]) && object(s, &s->nodes[*found], found);
}

/* What is found is how many keys have a value; a row of the table is the code of a key and of its word, of node `low`. */
static int map(Scan *s, const Node *node, int32_t *found)
{
    int32_t *guess = &s->first[node - s->nodes], entry, made;
    *found = 0;
    if (!passed(s, '{'))
        return 0;
    while (*s->at != '}') {
        entry = key(s, node, guess);
        if (entry < 0 || s->seen[entry] == s->line)
            return 0;
        s->seen[entry] = s->line;
        guess = &s->next[entry];
        if (!passed_word(s, "null")) {
            int32_t *row;
            if (!word(s, &s->nodes[node->low], &made) || !add_row(s, &s->tables[node->table]))
                return 0;
            row = last_row(&s->tables[node->table]);
            row[0] = s->entries[entry].value, row[1] = made;
            ++*found;
        }
        if (!passed(s, ','))
            break;
        if (*s->at == '}')
            return 0;
    }
    return passed(s, '}');
}

static int value(Scan *s, const Node *node, int32_t *found)
{
    switch (node->kind) {
    case TEXT:
        return text(s, node, found);
    case WORD:
        return word(s, node, found);
    case DAY:
        return day(s, node, found);
    case NUMBER:
        return number(s, node, found);
    case YES_NO:
        *found = *s->at == 't';
        return passed_word(s, *found ? "true" : "false");
    case OBJECT:
        return object(s, node, found);
    case LIST:
        return list(s, node, found);
    case TAGGED:
        return tagged(s, node, found);
    default:
        return map(s, node, found);
    }
}

/* The line at hand, which leaves rows in the tables if it is sure, and none if not; `kept` has room for as many counts
   as there are tables. The record is the last node. */
static int take(Scan *s, const Node *record, Py_ssize_t tables, Py_ssize_t *kept)
{
    int32_t found;
    Py_ssize_t i;
    const char *p = s->at;
    while (p < s->end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        p++;
    if (p == s->end)
        return BLANK;
    for (i = 0; i < tables; i++)
        kept[i] = s->tables[i].rows;
    skip_blanks(s);
    if (object(s, record, &found) && s->at == s->end)
        return SURE;
    for (i = 0; i < tables; i++)
        s->tables[i].rows = kept[i];
    return DOUBTFUL;
}

/* Room for eight times as many names as there are, or more, and each in the first slot that is free. */
static int fill_slots(Scan *s, Py_ssize_t nodes, Py_ssize_t entries)
{
    const Node *node;
    int32_t entry;
    s->mask = 1;
    while (s->mask < 8 * (size_t)entries)
        s->mask = 2 * s->mask + 1;
    s->slots = PyMem_Calloc((size_t)s->mask + 1, sizeof(int32_t));
    s->told = PyMem_Calloc((size_t)entries + 1, sizeof(Name));
    if (!s->slots || !s->told)
        return 0;
    for (node = s->nodes; node < s->nodes + nodes; node++)
        for (entry = node->first; entry < node->first + node->count; entry++) {
            const Entry *e = &s->entries[entry];
            Name n = name_of(s->names + e->offset, e->size);
            uint32_t slot = slot_of(n, e->size, node);
            s->told[entry] = n;
            while (s->slots[slot & s->mask])
                slot++;
            s->slots[slot & s->mask] = entry + 1;
        }
    return 1;
}

PyDoc_STRVAR(scan_doc, "scan(raw, nodes, entries, names, widths) -> list of bytearrays\n\n"
                       "The tables of a plan, and after them those of the ends of texts, of their letters, and of the "
                       "lines (where each begins, ends, and what it is), as rows of 32-bit numbers.");

static PyObject *scan(PyObject *module, PyObject *args)
{
    PyObject *raw, *made = NULL;
    const char *nodes, *entries, *names, *widths;
    char *begin, *end;
    Py_ssize_t size, nodes_size, entries_size, names_size, widths_size, tables, i, *kept = NULL;
    Scan s = {0};
    Table *lines;
    (void)module;
    if (!PyArg_ParseTuple(args, "Sy#y#y#y#", &raw, &nodes, &nodes_size, &entries, &entries_size, &names, &names_size,
                          &widths, &widths_size))
        return NULL;
    if (PyBytes_AsStringAndSize(raw, &begin, &size) < 0)
        return NULL;
    if (size > INT32_MAX / 2) {
        PyErr_SetString(PyExc_ValueError, "more than fits 32 bits");
        return NULL;
    }
    tables = widths_size / 4 + 3;
    s.nodes = (const Node *)nodes, s.entries = (const Entry *)entries, s.names = names;
    s.tables = PyMem_Calloc(tables, sizeof(Table));
    s.first = PyMem_Calloc(nodes_size / sizeof(Node) + 1, sizeof(int32_t));
    s.next = PyMem_Calloc(entries_size / sizeof(Entry) + 1, sizeof(int32_t));
    s.seen = PyMem_Calloc(entries_size / sizeof(Entry) + 1, sizeof(int32_t));
    kept = PyMem_Calloc(tables, sizeof(Py_ssize_t));
    made = PyList_New(0);
    if (!s.tables || !s.first || !s.next || !s.seen || !kept || !made
        || !fill_slots(&s, nodes_size / sizeof(Node), entries_size / sizeof(Entry))) {
        PyErr_NoMemory();
        goto failed;
    }
    s.ends = &s.tables[tables - 3], s.letters = &s.tables[tables - 2], lines = &s.tables[tables - 1];
    for (i = 0; i < tables; i++) {
        Table *t = &s.tables[i];
        int kept_by_list;
        t->width = t == s.ends ? 4 : t == s.letters ? 1 : t == lines ? 12 : 4 * ((const int32_t *)widths)[i];
        t->bytes = PyByteArray_FromStringAndSize(NULL, 0);
        kept_by_list = t->bytes && !PyList_Append(made, t->bytes);
        Py_XDECREF(t->bytes);
        if (!kept_by_list)
            goto failed;
    }
    for (end = begin + size; begin < end; begin = (char *)s.end + 1) {
        int32_t *row;
        s.at = begin;
        s.end = memchr(begin, '\n', end - begin);
        s.end = s.end ? s.end : end;
        s.line++;
        if (!add_row(&s, lines))
            goto failed;
        row = last_row(lines);
        row[0] = (int32_t)(begin - PyBytes_AsString(raw)), row[1] = (int32_t)(s.end - PyBytes_AsString(raw));
        row[2] = take(&s, &s.nodes[nodes_size / sizeof(Node) - 1], tables - 1, kept);
        if (s.failed)
            goto failed;
    }
    for (i = 0; i < tables; i++)
        if (PyByteArray_Resize(s.tables[i].bytes, s.tables[i].rows * s.tables[i].width) < 0)
            goto failed;
    goto done;
failed:
    Py_CLEAR(made);
done:
    PyMem_Free(s.tables), PyMem_Free(s.slots), PyMem_Free(s.told), PyMem_Free(s.first), PyMem_Free(s.next), PyMem_Free(s.seen), PyMem_Free(kept);
    return made;
}

static PyMethodDef methods[] = {{"scan", scan, METH_VARARGS, scan_doc}, {0}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "omi_rules._scan", .m_size = 0, .m_methods = methods};

PyMODINIT_FUNC PyInit__scan(void)
{
    return PyModule_Create(&definition);
}
