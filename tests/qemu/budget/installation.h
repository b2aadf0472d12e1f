/* A System of eight servers, sixty-four devices and eight licences: for what calls on one take of
 * the stack, which the rows hardly change. */

#ifndef INSTALLATION_H
#define INSTALLATION_H

#include "hwlicense.h"

extern hwl_system installation;
extern hwl_moment installation_moment;
extern hwl_allocation installation_allocation;
extern hwl_plan installation_plan;
extern hwl_shortage installation_shortage;
extern hwl_fault installation_fault;
extern uint64_t installation_workspace[1024];

void installation_describe(void);

#endif
