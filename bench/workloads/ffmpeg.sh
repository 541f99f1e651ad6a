# about: ffmpeg: 3 s of 640x360 test picture to MPEG-4
# expect: [0-9a-f]{32}
begin
ffmpeg -v error -f lavfi -i testsrc2=size=640x360:rate=25:duration=3 -threads 2 -c:v mpeg4 \
	-flags +bitexact -fflags +bitexact -y out.avi
end
md5sum <out.avi | cut -d' ' -f1
