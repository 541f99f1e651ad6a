# about: ffmpeg: encode a generated clip, decode, filter; sox
# category: media
# rootfs: media
# needs: ffmpeg ffprobe sox
# timeout: 120
# equal: v.mkv a.wav
F="ffmpeg -nostdin -loglevel error -y -bitexact"
$F -f lavfi -i testsrc2=duration=3:size=320x240:rate=25 -f lavfi -i sine=frequency=440:duration=3 -c:v libx264 -preset veryfast -threads 2 -c:a libvorbis -fflags +bitexact -flags:v +bitexact -flags:a +bitexact v.mkv 2>&1; ffprobe -v error -show_entries stream=codec_name,width,duration -of csv v.mkv; $F -i v.mkv -f framemd5 - | sha256sum; $F -i v.mkv -vf scale=160:-1,hflip -vframes 5 o%d.png; ls o*; $F -i v.mkv -c:v libvpx -threads 2 -b:v 200k -an w.webm; ffprobe -v error -show_entries stream=codec_name -of csv w.webm; $F -f concat -safe 0 -i /dev/stdin -c copy cc.mkv < /dev/null || echo empty
sox -R -n -b 16 a.wav synth 2 sine 300:600 vol 0.5; sox a.wav -n stat 2>&1 | grep Length; sox -R a.wav b.wav reverse tempo 1.5; soxi -D b.wav
