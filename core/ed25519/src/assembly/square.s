@ r0: power; r1: number a, 8 words each, least significant first, which may be the same; r2: how
@ many times it is squared, not 0.
@
@ a * a is twice the products of different words, o, and the squares of the words, d. o is made by
@ rows as in multiply.s; each of its words is doubled when its d is added, by one more UMAAL.
@ UMAAL lo, hi, x, y makes hi:lo = x * y + lo + hi, which is at most 2^64 - 1.
    push {r4-r11, lr}
    mov r4, r0
    mov r9, r2
2:  push {r1, r4, r9}
    ldm r1, {r2-r9}

    @ Among a[0..4]: o[1], o[2] and o[3] in r0, r11 and lr, and what is above in r10, r1 and r12.
    umull r0, r11, r2, r3
    mov lr, #0
    umaal r11, lr, r2, r4
    mov r10, #0
    umaal lr, r10, r2, r5
    movs r1, #0
    umaal lr, r1, r3, r4
    umaal r10, r1, r3, r5
    mov r12, #0
    umaal r1, r12, r4, r5
    push {r0, r11, lr}

    @ a[0..4] times a[4..8]: o[4..8], and what is above in r0, r1, r12 and lr.
    movs r0, #0
    mov lr, #0
    umaal r10, r0, r2, r6
    umaal r0, r1, r3, r6
    umaal r1, r12, r4, r6
    umaal r12, lr, r5, r6
    mov r11, #0
    umaal r11, r0, r2, r7
    umaal r0, r1, r3, r7
    umaal r1, r12, r4, r7
    umaal r12, lr, r5, r7
    push {r10, r11}
    mov r10, #0
    umaal r10, r0, r2, r8
    umaal r0, r1, r3, r8
    umaal r1, r12, r4, r8
    umaal r12, lr, r5, r8
    mov r11, #0
    umaal r11, r0, r2, r9
    umaal r0, r1, r3, r9
    umaal r1, r12, r4, r9
    umaal r12, lr, r5, r9
    push {r0, r1, r10-r12, lr}

    @ The lower half, d[i] + 2 * o[i]; what is carried stays in r1.
    movs r0, #2
    movs r1, #0
    umull r6, r7, r2, r2
    ldr r2, [sp, #32]
    umaal r7, r1, r0, r2
    umull r8, r9, r3, r3
    ldrd r2, r3, [sp, #36]
    umaal r8, r1, r0, r2
    umaal r9, r1, r0, r3
    umull r10, r11, r4, r4
    ldrd r2, r3, [sp, #24]
    umaal r10, r1, r0, r2
    umaal r11, r1, r0, r3
    umull r12, lr, r5, r5
    ldrd r2, r3, [sp, #8]
    umaal r12, r1, r0, r2
    umaal lr, r1, r0, r3
    push {r6-r12, lr}

    @ Among a[4..8], in r6, r8, r10 and r12: o[8..15] in r4, r5, r2, r3, r9, r11 and lr.
    ldr r6, [sp, #76]
    ldrd r10, r12, [r6, #24]
    ldrd r6, r8, [r6, #16]
    ldrd r4, r5, [sp, #32]
    ldrd r2, r3, [sp, #48]
    mov r9, #0
    umaal r5, r9, r6, r8
    umaal r2, r9, r6, r10
    umaal r3, r9, r6, r12
    mov r11, #0
    umaal r3, r11, r8, r10
    umaal r9, r11, r8, r12
    mov lr, #0
    umaal r11, lr, r10, r12

    @ The upper half in r6, r7, r8, r5, r10, r4, r12 and r9. A square ends within 16 words.
    umull r6, r7, r6, r6
    umaal r6, r1, r0, r4
    umaal r7, r1, r0, r5
    umull r8, r5, r8, r8
    umaal r8, r1, r0, r2
    umaal r5, r1, r0, r3
    umull r10, r4, r10, r10
    umaal r10, r1, r0, r9
    umaal r4, r1, r0, r11
    umull r12, r9, r12, r12
    umaal r12, r1, r0, lr
    add r9, r9, r1

    @ The upper half times 38 and the lower half: below 39 * 2^256, so that at most 38 is carried.
    pop {r0-r3}
    mov r11, #38
    mov lr, #0
    umaal r0, lr, r11, r6
    umaal r1, lr, r11, r7
    umaal r2, lr, r11, r8
    umaal r3, lr, r11, r5
    pop {r5-r8}
    umaal r5, lr, r11, r10
    umaal r6, lr, r11, r4
    umaal r7, lr, r11, r12
    umaal r8, lr, r11, r9

    @ What is carried is worth 38 times as much. It seldom goes beyond a word, and if it goes beyond
    @ the last, then less than it is left, and another 38 stays within the first.
    mul lr, lr, r11
    adds r0, r0, lr
    bcc 3f
    adcs r1, r1, #0
    adcs r2, r2, #0
    adcs r3, r3, #0
    adcs r5, r5, #0
    adcs r6, r6, #0
    adcs r7, r7, #0
    adcs r8, r8, #0
    it cs
    addcs r0, r0, r11
3:  add sp, sp, #48
    pop {r4, r9}
    stm r4, {r0-r3, r5-r8}
    mov r1, r4
    subs r9, r9, #1
    bne 2b
    pop {r4-r11, pc}
