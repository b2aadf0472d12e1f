/* What differs between a bare board and Linux. */

#ifndef PORT_H
#define PORT_H

void port_print(const char *text);
void port_exit(int status);

/* The test itself: 0 if every case is as it should be. */
int run(void);

#endif
