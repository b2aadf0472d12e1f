@ r0: sum; r1, r2: addends. 8 words each, least significant first; any of them may be the same.
    push {r4-r11, lr}
    ldm r1, {r3-r10}
    ldm r2!, {r1, r11, r12, lr}
    adds r3, r3, r1
    adcs r4, r4, r11
    adcs r5, r5, r12
    adcs r6, r6, lr
    ldm r2, {r1, r11, r12, lr}
    adcs r7, r7, r1
    adcs r8, r8, r11
    adcs r9, r9, r12
    adcs r10, r10, lr
    bcc 1f

    @ 2^256 is worth 38. That seldom goes beyond a word, and if it goes beyond the last, then less
    @ than 38 is left, and another 38 stays within the first.
    adds r3, r3, #38
    bcc 1f
    adcs r4, r4, #0
    adcs r5, r5, #0
    adcs r6, r6, #0
    adcs r7, r7, #0
    adcs r8, r8, #0
    adcs r9, r9, #0
    adcs r10, r10, #0
    it cs
    addcs r3, r3, #38
1:  stm r0, {r3-r10}
    pop {r4-r11, pc}
