/*
 * header.c -- see header.h. A first line without any number is names, and so is one of more texts than numbers, the texts
 * above numbers, and 0, 1 ... n-1 with n of 3 or more; a data row of just these numbers would have to be given as such (data.*.header).
 */
#include "data/format/header.h"

#include <math.h>

#include "data/format/field.h"

/* What the first line looks like, beside the second. */
typedef struct {
    size_t fields, texts, numbers, missing;
    size_t below_fields;
    size_t over_number, over_text;  /* texts that stand above a number, above a text */
    int is_counted;                 /* all fields after `missing` are 0, 1 ... */
    int starts_blank;               /* the first field is empty, the one below is not */
    double number[2];               /* the first two fields */
    int are_numbers;                /* whether they are */
} look;

static void
add_number (look *of, size_t at, double value)
{
    of->numbers++;
    of->is_counted &= value == (double) (at - of->missing);
    if (at < 2) {
        of->number[at] = value;
        of->are_numbers += 1;
    }
}

static look
look_at (rg_text text)
{
    rg_text below = text;
    while (!rg_text_next (&below).last)
        ;
    const int has_below = below.at < below.end;
    look of = { .is_counted = 1, .below_fields = has_below ? rg_text_count_fields (below) : 0 };
    rg_field field, under = { .last = 0 };
    do {
        double value = 0, ignored;
        field = rg_text_next (&text);
        const rg_field_kind kind = rg_field_read (field.at, field.length, &value);
        rg_field_kind kind_below = RG_FIELD_MISSING;
        if (has_below && !under.last) {
            under = rg_text_next (&below);
            kind_below = rg_field_read (under.at, under.length, &ignored);
        }
        if (kind == RG_FIELD_NUMBER || kind == RG_FIELD_INFINITE)
            add_number (&of, of.fields, kind == RG_FIELD_NUMBER ? value : -1);
        else if (kind == RG_FIELD_MISSING)
            of.missing++;
        else
            of.texts++;
        of.over_number += kind == RG_FIELD_TEXT && kind_below == RG_FIELD_NUMBER;
        of.over_text += kind == RG_FIELD_TEXT && kind_below == RG_FIELD_TEXT;
        of.starts_blank |= of.fields == 0 && kind == RG_FIELD_MISSING && field.length == 0 && kind_below != RG_FIELD_MISSING;
        of.fields++;
    } while (!field.last);
    return of;
}

static size_t
count_lines (const rg_text *text)
{
    size_t count = 0;
    for (const unsigned char *at = text->at; at < text->end; at++)
        count += *at == '\n';
    return count;
}

/* 150,4,setosa,versicolor,virginica */
static int
names_classes (const look *of, const rg_text *text)
{
    return of->are_numbers == 2 && of->numbers == 2 && of->texts > 0 && of->texts + 2 == of->fields
           && of->number[1] + 1 == (double) of->below_fields && of->number[0] == (double) count_lines (text);
}

rg_first_line
rg_find_header (rg_text text)
{
    const look of = look_at (text);
    if (names_classes (&of, &text))
        return RG_FIRST_CLASSES;
    if (of.texts > 0 && of.numbers == 0)
        return of.over_text == of.fields ? RG_FIRST_UNCERTAIN : RG_FIRST_NAMES;
    if (of.texts > 0)
        return of.over_text == 0 && of.over_number > 0 && of.texts > of.numbers ? RG_FIRST_NAMES : RG_FIRST_ROW;
    if (!of.is_counted || of.numbers == 0 || of.below_fields == 0 || of.missing > (size_t) of.starts_blank)
        return RG_FIRST_ROW;
    if (of.starts_blank || of.numbers >= 3)
        return RG_FIRST_COUNTED;
    return RG_FIRST_UNCERTAIN;
}
