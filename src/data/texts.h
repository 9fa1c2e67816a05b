/* texts.h -- texts as NumPy has them in arrays: UTF-32, all of one length, filled up with zeros. */
#ifndef RG_DATA_TEXTS_H
#define RG_DATA_TEXTS_H

#include <stddef.h>
#include <stdint.h>

/* Characters of a UTF-8 text. A byte that belongs to none counts as one. */
size_t rg_text_length (const char *text);

/* Write them: [length] [out]; zeros fill up. A byte that belongs to none becomes U+FFFD. */
void rg_text_decode (const char *text, uint32_t *out, size_t length);

#endif /* RG_DATA_TEXTS_H */
