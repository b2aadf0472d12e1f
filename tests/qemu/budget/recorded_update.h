/* The recorded update of tests/fixture, taken into the image by the assembler, which looks for the files
 * from this folder. */

#ifndef BUDGET_RECORDED_UPDATE_H
#define BUDGET_RECORDED_UPDATE_H

#include <stdint.h>

#include "cases.h"

#define RECORDED(name, file)                                                                                           \
    extern const uint8_t name##_begin[], name##_end[];                                                                 \
    __asm__(".pushsection .rodata." #name ",\"a\"\n" #name                                                             \
            "_begin: .incbin \"../../fixture/src/" file "\"\n" #name "_end:\n.popsection\n");                          \
    static blob name(void)                                                                                             \
    {                                                                                                                  \
        return (blob){name##_begin, (uint32_t)(name##_end - name##_begin)};                                            \
    }

RECORDED(recorded_answer, "update-answer.bin")
RECORDED(recorded_manifest, "update-manifest.bin")
RECORDED(recorded_chunk_0, "update-chunk-0.bin")
RECORDED(recorded_chunk_1, "update-chunk-1.bin")
RECORDED(recorded_chunk_2, "update-chunk-2.bin")

#endif
