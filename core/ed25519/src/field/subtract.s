@ r0: minuend, and difference; r1: subtrahend. 8 words each, least significant first.
    push {r4-r11, lr}
    ldm r0, {r2-r9}
    ldm r1!, {r10-r12, lr}
    subs r2, r2, r10
    sbcs r3, r3, r11
    sbcs r4, r4, r12
    sbcs r5, r5, lr
    ldm r1, {r10-r12, lr}
    sbcs r6, r6, r10
    sbcs r7, r7, r11
    sbcs r8, r8, r12
    sbcs r9, r9, lr
    bcs 1f

    @ -2^256 is worth -38. That seldom goes beyond a word, and if it goes below zero, then the
    @ difference is within 38 of 2^256, and another 38 stays within the first word.
    subs r2, r2, #38
    bcs 1f
    sbcs r3, r3, #0
    sbcs r4, r4, #0
    sbcs r5, r5, #0
    sbcs r6, r6, #0
    sbcs r7, r7, #0
    sbcs r8, r8, #0
    sbcs r9, r9, #0
    it cc
    subcc r2, r2, #38
1:  stm r0, {r2-r9}
    pop {r4-r11, pc}
