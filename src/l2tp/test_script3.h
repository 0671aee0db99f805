/* test_script3: AVPs of version 3 as hex text, and the steps that most scripts share. */
#pragma once

#include "state3.h"
#include "test_rig3.h"

#define MT(n)       "80080000000000" #n " "
#define HOST        "80070000000752 " /* "R" */
#define ROUTER(id)  "800a0000003c" #id " "
#define CCID(id)    "800a0000003d" #id " "
#define CAPS        "800a0000003e00050004 "
#define WINDOW(n)   "80080000000a" #n " "
#define LOCAL(id)   "800a0000003f" #id " "
#define REMOTE      "800a00000040"
#define SERIAL(n)   "000a0000000f" #n " "
#define PW(n)       "800800000044" #n " "
#define END_ID      "80070000004231 " /* "1" */
#define STATUS(n)   "800800000047" #n " "
#define COOKIE4(c)  "800a00000041" #c " "
#define SUBLAYER(n) "800800000045" #n " "
#define SEQUENCE(n) "800800000046" #n " "
#define SCCRQ       MT(01) HOST ROUTER(c0000202) CCID(a1a2a3a4) CAPS
#define SCCCN       MT(03)
#define STOPCCN     MT(04) "8008000000010006 " CCID(a1a2a3a4)
#define HELLO       MT(06)
#define ICRQ                                                                                       \
	MT(0a)                                                                                     \
	LOCAL(b1b2b3b4) REMOTE "00000000 " SERIAL(00000001) PW(0005) END_ID STATUS(0003)

int script_setup(void **state);
int script_teardown(void **state);

/* SCCRQ; the answerer's id. */
uint32_t script_start(const char *sccrq);
/* A connection of the standard style that is established; Ns 2 and Nr 1 are next. */
uint32_t script_established(void);
/* ICRQ; the answerer's session id. Ns 3 and Nr 2 are next. */
uint32_t script_request(uint32_t connection, const char *icrq);
/* A session of peer's id b1b2b3b4 on it; Ns 4 and Nr 2 are next. */
uint32_t script_session(uint32_t connection);
/* text with %s replaced by id in hex. */
const char *script_with(const char *text, uint32_t id);
