# about: Erlang: 10,000 processes, ports, TCP, timers, schedulers
# category: languages
# rootfs: languages
# needs: erl erlc
# timeout: 90
cat > t.erl <<'END'
-module(t).
-export([main/0]).
main() ->
	Me = self(), [spawn(fun() -> Me ! {x, N} end) || N <- lists:seq(1, 10000)], io:format("~p~n", [lists:sum([receive {x, M} -> M end || _ <- lists:seq(1, 10000)])]),
	io:format("~s", [os:cmd("echo port; exit 2")]), P = open_port({spawn, "cat"}, [stream]), P ! {self(), {command, "echo"}}, receive {P, {data, D}} -> io:format("~s~n", [D]) end, port_close(P),
	{ok, L} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}]), {ok, Port} = inet:port(L), spawn(fun() -> {ok, S} = gen_tcp:accept(L), {ok, B} = gen_tcp:recv(S, 0), gen_tcp:send(S, [B, B]), gen_tcp:close(S) end), {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}]), gen_tcp:send(C, "ab"), io:format("~p~n", [gen_tcp:recv(C, 4)]),
	timer:send_after(50, tick), receive tick -> io:format("tick~n") end, io:format("~p ~p~n", [file:read_file("/none"), catch 1 / (fun() -> 0 end)()]) , {ok, Fs} = file:list_dir("/etc"), io:format("~p~n", [length(Fs) > 10]), ok = file:write_file("f", binary:copy(<<"x">>, 100000)), {ok, I} = file:read_file("f"), io:format("~p~n", [erlang:crc32(I)]), halt(0).
END
erlc t.erl 2>/dev/null; erl -noshell -s t main | sed '/badarith/,$s/.*badarith.*/badarith/'
