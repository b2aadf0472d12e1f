@ r0: addend, and sum; r1: another addend. 8 words each, least significant first.
    push {r4-r11, lr}
    ldm r0, {r2-r9}
    ldm r1!, {r10-r12, lr}
    adds r2, r2, r10
    adcs r3, r3, r11
    adcs r4, r4, r12
    adcs r5, r5, lr
    ldm r1, {r10-r12, lr}
    adcs r6, r6, r10
    adcs r7, r7, r11
    adcs r8, r8, r12
    adcs r9, r9, lr
    bcc 1f

    @ 2^256 is worth 38. That seldom goes beyond a word, and if it goes beyond the last, then less
    @ than 38 is left, and another 38 stays within the first.
    adds r2, r2, #38
    bcc 1f
    adcs r3, r3, #0
    adcs r4, r4, #0
    adcs r5, r5, #0
    adcs r6, r6, #0
    adcs r7, r7, #0
    adcs r8, r8, #0
    adcs r9, r9, #0
    it cs
    addcs r2, r2, #38
1:  stm r0, {r2-r9}
    pop {r4-r11, pc}
