/* The same test as a program of Linux. */

#include <stdio.h>
#include <stdlib.h>

#include "port.h"

void port_print(const char *text)
{
    (void)fputs(text, stdout);
}

void port_exit(int status)
{
    exit(status);
}

int main(void)
{
    return run();
}
