/*
 * fuzz_replay: the main of a fuzz target in an ordinary build. Runs every file
 * of the folders and files named on the command line through the target, so
 * that the kept corpus is a test on any compiler. Called by meson test.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static void replay_file(const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t len;
	uint8_t *copy;

	if (!f) {
		fprintf(stderr, "fuzz_replay: cannot open %s\n", path);
		exit(1);
	}
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	/* an exact-size copy, so that the sanitizer sees one octet too many */
	copy = malloc(len ? len : 1);
	if (!copy)
		exit(1);
	memcpy(copy, buf, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	replayed++;
}

static void replay(const char *path)
{
	struct stat st;
	struct dirent *e;
	DIR *d;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	d = opendir(path);
	if (!d) {
		fprintf(stderr, "fuzz_replay: cannot open %s\n", path);
		exit(1);
	}
	while ((e = readdir(d))) {
		char sub[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		replay(sub);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%u inputs replayed\n", replayed);
	return replayed == 0;
}
