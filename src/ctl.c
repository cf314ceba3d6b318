/* ctl.c -- holdfastctl. */
int main(void)
{
    return 1;
}
