@ The assembly of the Ed25519 verifier as functions for C, and a caller that watches what they leave behind.

    .syntax unified
    .text
    .thumb

.macro operation name, file
    .section .text.\name, "ax"
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .include "\file"
    .size \name, . - \name
.endm

    operation field_add, "add.s"
    operation field_subtract, "subtract.s"
    operation field_multiply, "multiply.s"
    operation field_square, "square.s"
    operation sha512_compress, "compress.s"

@ uint32_t call_watched(operation, void *self, uintptr_t a, uintptr_t b): 0 if the stack pointer and all
@ registers that a function has to preserve are afterwards what they were.
    .section .text.call_watched, "ax"
    .balign 4
    .global call_watched
    .type call_watched, %function
    .thumb_func
call_watched:
    push {r3-r11, lr}
    mov r12, r0
    mov r0, r1
    mov r1, r2
    mov r2, r3
    mov r4, sp
    mov r5, #0x50005
    mov r6, #0x60006
    mov r7, #0x70007
    mov r8, #0x80008
    mov r9, #0x90009
    mov r10, #0xA000A
    mov r11, #0xB000B
    blx r12
    mov r0, sp
    sub r0, r0, r4
    eor r5, r5, #0x50005
    eor r6, r6, #0x60006
    eor r7, r7, #0x70007
    eor r8, r8, #0x80008
    eor r9, r9, #0x90009
    eor r10, r10, #0xA000A
    eor r11, r11, #0xB000B
    orr r0, r0, r5
    orr r0, r0, r6
    orr r0, r0, r7
    orr r0, r0, r8
    orr r0, r0, r9
    orr r0, r0, r10
    orr r0, r0, r11
    pop {r3-r11, pc}
    .size call_watched, . - call_watched
