# about: gcc -O2 of 10 files of 1,200 lines each, one after another
# expect: ok
for ((i = 0; i < 10; i++)); do
	{
		printf '#include <%s.h>\n' stdio stdlib string errno unistd
		for ((j = 0; j < 150; j++)); do
			cat <<C
int work_${i}_$j(const char *text, int *values, size_t count)
{
	int sum = $j;
	for (size_t k = 0; k < count; k++)
		sum += values[k] * (int)(strlen(text) + k) ^ (values[k] >> $((j % 7)));
	return sum % 2 ? sum : atoi(text) + sum;
}

C
		done
	} >large$i.c
done
begin
for ((i = 0; i < 10; i++)); do gcc -O2 -c -o large$i.o large$i.c; done
end
[ -s large9.o ] && echo ok
