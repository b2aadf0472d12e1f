@ r0: product; r1: factor a; r2: factor b. 8 words each, least significant first; any of them may
@ be the same.
@
@ The product a * b in two rows of 4 words of a, each times the 8 words of b. A column of a row
@ adds its four products to one word and four above it: the word is done, the four go up by one.
@ UMAAL lo, hi, x, y makes hi:lo = x * y + lo + hi, which is at most 2^64 - 1.
    push {r0, r1, r4-r11, lr}

    @ Row 0: a[0..4] in r2-r5, what lies above in r6-r9. b[0..4] gives way to the words 0 to 3.
    mov r0, r2
    ldm r1, {r2-r5}
    ldm r0!, {r10-r12, lr}
    movs r7, #0
    mov r8, #0
    mov r9, #0
    umull r1, r6, r2, r10
    umaal r6, r7, r3, r10
    umaal r7, r8, r4, r10
    umaal r8, r9, r5, r10
    mov r10, #0
    umaal r10, r6, r2, r11
    umaal r6, r7, r3, r11
    umaal r7, r8, r4, r11
    umaal r8, r9, r5, r11
    mov r11, #0
    umaal r11, r6, r2, r12
    umaal r6, r7, r3, r12
    umaal r7, r8, r4, r12
    umaal r8, r9, r5, r12
    mov r12, #0
    umaal r12, r6, r2, lr
    umaal r6, r7, r3, lr
    umaal r7, r8, r4, lr
    umaal r8, r9, r5, lr
    push {r1, r10-r12}

    @ b[4..8] gives way to the words 4 to 7, which stay; the words 8 to 11 wait.
    ldm r0, {r10-r12, lr}
    sub r0, r0, #16
    movs r1, #0
    umaal r1, r6, r2, r10
    umaal r6, r7, r3, r10
    umaal r7, r8, r4, r10
    umaal r8, r9, r5, r10
    mov r10, #0
    umaal r10, r6, r2, r11
    umaal r6, r7, r3, r11
    umaal r7, r8, r4, r11
    umaal r8, r9, r5, r11
    mov r11, #0
    umaal r11, r6, r2, r12
    umaal r6, r7, r3, r12
    umaal r7, r8, r4, r12
    umaal r8, r9, r5, r12
    mov r12, #0
    umaal r12, r6, r2, lr
    umaal r6, r7, r3, lr
    umaal r7, r8, r4, lr
    umaal r8, r9, r5, lr
    push {r6-r9}

    @ Row 1: a[4..8] in r2-r5; what lies above begins as the words 4 to 7.
    ldr lr, [sp, #36]
    ldrd r2, r3, [lr, #16]
    ldrd r4, r5, [lr, #24]
    ldm r0!, {r7-r9, lr}
    movs r6, #0
    umaal r6, r1, r2, r7
    umaal r1, r10, r3, r7
    umaal r10, r11, r4, r7
    umaal r11, r12, r5, r7
    movs r7, #0
    umaal r7, r1, r2, r8
    umaal r1, r10, r3, r8
    umaal r10, r11, r4, r8
    umaal r11, r12, r5, r8
    mov r8, #0
    umaal r8, r1, r2, r9
    umaal r1, r10, r3, r9
    umaal r10, r11, r4, r9
    umaal r11, r12, r5, r9
    mov r9, #0
    umaal r9, r1, r2, lr
    umaal r1, r10, r3, lr
    umaal r10, r11, r4, lr
    umaal r11, r12, r5, lr
    push {r6-r9}

    @ The words 8 to 11 in r6-r9, and at the end 12 to 15 in r1 and r10-r12.
    ldrd r6, r7, [sp, #16]
    ldrd r8, lr, [r0]
    umaal r6, r1, r2, r8
    umaal r1, r10, r3, r8
    umaal r10, r11, r4, r8
    umaal r11, r12, r5, r8
    umaal r7, r1, r2, lr
    umaal r1, r10, r3, lr
    umaal r10, r11, r4, lr
    umaal r11, r12, r5, lr
    ldrd r8, r9, [sp, #24]
    ldrd r0, lr, [r0, #8]
    umaal r8, r1, r2, r0
    umaal r1, r10, r3, r0
    umaal r10, r11, r4, r0
    umaal r11, r12, r5, r0
    umaal r9, r1, r2, lr
    umaal r1, r10, r3, lr
    umaal r10, r11, r4, lr
    umaal r11, r12, r5, lr

    @ The upper half times 38 and the lower half: below 39 * 2^256, so that at most 38 is carried.
    ldrd r2, r3, [sp, #32]
    ldrd r4, r5, [sp, #40]
    movs r0, #38
    mov lr, #0
    umaal r2, lr, r0, r6
    umaal r3, lr, r0, r7
    umaal r4, lr, r0, r8
    umaal r5, lr, r0, r9
    pop {r6-r9}
    umaal r6, lr, r0, r1
    umaal r7, lr, r0, r10
    umaal r8, lr, r0, r11
    umaal r9, lr, r0, r12

    @ What is carried is worth 38 times as much. It seldom goes beyond a word, and if it goes beyond
    @ the last, then less than it is left, and another 38 stays within the first.
    mul lr, lr, r0
    adds r2, r2, lr
    bcc 2f
    adcs r3, r3, #0
    adcs r4, r4, #0
    adcs r5, r5, #0
    adcs r6, r6, #0
    adcs r7, r7, #0
    adcs r8, r8, #0
    adcs r9, r9, #0
    it cs
    addcs r2, r2, r0
2:  add sp, sp, #32
    pop {r0, r1}
    stm r0, {r2-r9}
    pop {r4-r11, pc}
