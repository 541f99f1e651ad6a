# about: RabbitMQ: start, users, queues by its command line, stop
# category: caches, queues and services
# rootfs: servers
# needs: rabbitmq-server rabbitmqctl
# timeout: 180
export RABBITMQ_MNESIA_BASE=/scratch/m RABBITMQ_LOG_BASE=/scratch/l RABBITMQ_NODENAME=r@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 HOME=/scratch ERL_EPMD_ADDRESS=127.0.0.1; mkdir m l; chown -R rabbitmq /scratch; chmod 777 /scratch
rabbitmq-server -detached > log 2>&1; i=0; until rabbitmqctl -q -t 5 await_startup > log 2>&1; do sleep 1; i=$((i + 1)); [ $i -lt 60 ] || { cat log l/* | tail -20; exit 1; }; done
rabbitmqctl -q add_user u p; rabbitmqctl -q list_users | sort; rabbitmqctl -q eval 'rabbit_amqqueue:declare({resource, <<"/">>, queue, <<"q">>}, true, false, [], none, <<"u">>).' | grep -c amqqueue; rabbitmqctl -q list_queues name messages; rabbitmqctl -q stop; i=0; while pgrep beam > /dev/null && [ $i -lt 40 ]; do sleep 0.5; i=$((i + 1)); done; echo stopped
