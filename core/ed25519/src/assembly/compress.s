@ r0: state, 8 words of 64 bits; r1: block, 16 of them, which gives way to the schedule; r2: the
@ constants of the 80 rounds.
@
@ The working variables a to h lie at sp, 8 bytes each. A round pushes the new a, and so moves each
@ of the others to the next place; the new e overwrites d. Every 16 rounds they move back up.
@ In each pair of registers the first is the lower half.
    mov r3, r2
    add r2, r2, #640
    push {r0-r2, r4-r11, lr}
    sub sp, sp, #64
    ldm r0!, {r4-r11}
    stm sp, {r4-r11}
    ldm r0, {r4-r11}
    add r12, sp, #32
    stm r12, {r4-r11}
    mov r0, r3
    b 3f

    @ The next 16 words: w += w[9] + lower sigma 1 of w[14] + lower sigma 0 of w[1], all 16 in a ring
    @ from r1 to r2. r3 is at w, r12 at w[9], lr at w[14], r10 at w[1].
1:  ldr r1, [sp, #68]
    add r2, r1, #128
    mov r3, r1
    add r12, r1, #72
    add lr, r1, #112
2:  ldrd r4, r5, [r3]
    ldrd r6, r7, [r12], #8
    adds r4, r4, r6
    adc r5, r5, r7
    cmp r12, r2
    it eq
    moveq r12, r1
    ldrd r6, r7, [lr], #8
    cmp lr, r2
    it eq
    moveq lr, r1
    lsr r8, r6, #19
    eor r8, r8, r7, lsl #13
    eor r8, r8, r7, lsr #29
    eor r8, r8, r6, lsl #3
    eor r8, r8, r6, lsr #6
    eor r8, r8, r7, lsl #26
    lsr r9, r7, #19
    eor r9, r9, r6, lsl #13
    eor r9, r9, r6, lsr #29
    eor r9, r9, r7, lsl #3
    eor r9, r9, r7, lsr #6
    adds r4, r4, r8
    adc r5, r5, r9
    add r10, r3, #8
    cmp r10, r2
    it eq
    moveq r10, r1
    ldrd r6, r7, [r10]
    lsr r8, r6, #1
    eor r8, r8, r7, lsl #31
    eor r8, r8, r6, lsr #8
    eor r8, r8, r7, lsl #24
    eor r8, r8, r6, lsr #7
    eor r8, r8, r7, lsl #25
    lsr r9, r7, #1
    eor r9, r9, r6, lsl #31
    eor r9, r9, r7, lsr #8
    eor r9, r9, r6, lsl #24
    eor r9, r9, r7, lsr #7
    adds r4, r4, r8
    adc r5, r5, r9
    strd r4, r5, [r3]
    mov r3, r10
    cmp r3, r1
    bne 2b

    @ 16 rounds: a in r4 and r5, e in r6 and r7, the sum in r8 and r9; r0 is at the constant, r1 at the word.
3:  ldr r1, [sp, #68]
    add r2, r1, #128
    ldrd r4, r5, [sp]
    ldrd r6, r7, [sp, #32]
4:  ldrd r8, r9, [sp, #56]
    ldrd r10, r11, [r1], #8
    adds r8, r8, r10
    adc r9, r9, r11
    ldrd r10, r11, [r0], #8
    adds r8, r8, r10
    adc r9, r9, r11
    @ Upper sigma 1 of e.
    lsr r10, r6, #14
    eor r10, r10, r7, lsl #18
    eor r10, r10, r6, lsr #18
    eor r10, r10, r7, lsl #14
    eor r10, r10, r7, lsr #9
    eor r10, r10, r6, lsl #23
    lsr r11, r7, #14
    eor r11, r11, r6, lsl #18
    eor r11, r11, r7, lsr #18
    eor r11, r11, r6, lsl #14
    eor r11, r11, r6, lsr #9
    eor r11, r11, r7, lsl #23
    adds r8, r8, r10
    adc r9, r9, r11
    @ e chooses between f and g.
    ldrd r10, r11, [sp, #40]
    ldrd r12, lr, [sp, #48]
    eor r10, r10, r12
    eor r11, r11, lr
    and r10, r10, r6
    and r11, r11, r7
    eor r10, r10, r12
    eor r11, r11, lr
    adds r8, r8, r10
    adc r9, r9, r11
    ldrd r6, r7, [sp, #24]
    adds r6, r6, r8
    adc r7, r7, r9
    strd r6, r7, [sp, #24]
    @ Upper sigma 0 of a.
    lsr r10, r4, #28
    eor r10, r10, r5, lsl #4
    eor r10, r10, r5, lsr #2
    eor r10, r10, r4, lsl #30
    eor r10, r10, r5, lsr #7
    eor r10, r10, r4, lsl #25
    lsr r11, r5, #28
    eor r11, r11, r4, lsl #4
    eor r11, r11, r4, lsr #2
    eor r11, r11, r5, lsl #30
    eor r11, r11, r4, lsr #7
    eor r11, r11, r5, lsl #25
    adds r8, r8, r10
    adc r9, r9, r11
    @ The majority of a, b and c.
    ldrd r10, r11, [sp, #8]
    ldrd r12, lr, [sp, #16]
    orr r3, r4, r10
    and r3, r3, r12
    and r10, r10, r4
    orr r10, r10, r3
    orr r3, r5, r11
    and r3, r3, lr
    and r11, r11, r5
    orr r11, r11, r3
    adds r4, r8, r10
    adc r5, r9, r11
    push {r4, r5}
    cmp r1, r2
    bne 4b

    ldm sp, {r4-r11}
    add r12, sp, #128
    stm r12!, {r4-r11}
    add r3, sp, #32
    ldm r3, {r4-r11}
    stm r12, {r4-r11}
    add sp, sp, #128
    ldr r3, [sp, #72]
    cmp r0, r3
    bne 1b

    @ They are added to the state.
    ldr r0, [sp, #64]
    movs r3, #8
5:  ldrd r4, r5, [r0]
    pop {r6, r7}
    adds r4, r4, r6
    adc r5, r5, r7
    strd r4, r5, [r0], #8
    subs r3, r3, #1
    bne 5b
    add sp, sp, #12
    pop {r4-r11, pc}
