@ r0: difference; r1: minuend; r2: subtrahend. 8 words each, least significant first; any of them
@ may be the same.
    push {r4-r11, lr}
    ldm r1, {r3-r10}
    ldm r2!, {r1, r11, r12, lr}
    subs r3, r3, r1
    sbcs r4, r4, r11
    sbcs r5, r5, r12
    sbcs r6, r6, lr
    ldm r2, {r1, r11, r12, lr}
    sbcs r7, r7, r1
    sbcs r8, r8, r11
    sbcs r9, r9, r12
    sbcs r10, r10, lr
    bcs 1f

    @ -2^256 is worth -38. That seldom goes beyond a word, and if it goes below zero, then the
    @ difference is within 38 of 2^256, and another 38 stays within the first word.
    subs r3, r3, #38
    bcs 1f
    sbcs r4, r4, #0
    sbcs r5, r5, #0
    sbcs r6, r6, #0
    sbcs r7, r7, #0
    sbcs r8, r8, #0
    sbcs r9, r9, #0
    sbcs r10, r10, #0
    it cc
    subcc r3, r3, #38
1:  stm r0, {r3-r10}
    pop {r4-r11, pc}
