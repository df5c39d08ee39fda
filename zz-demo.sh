rm -rf /tmp/h/t1
WOONSPOOR_DATA=/tmp/h/t1 WOONSPOOR_PORT=3290 node bin/woonspoor.mjs serve 2>&1 >/dev/null | python3 -u -c "
import sys,time
t=time.time()
buf=''
while True:
    c=sys.stdin.read(1)
    if not c: break
    if c in '\r\n':
        print(round(time.time()-t,2),buf[:150]); buf=''
    else: buf+=c
" > /tmp/h/t1.log &
sleep 14; pgrep -f 'h/t1|woonspoor.mjs serve' | head; 
