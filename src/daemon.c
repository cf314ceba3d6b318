/* daemon.c -- holdfastd. */
int main(void)
{
    return 1;
}
