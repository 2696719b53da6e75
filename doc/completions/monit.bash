# bash completion of monit. Made by tests/man_pages.rs from what the program says.
_monit() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \t\n'
	COMPREPLY=()
	case $before in
	-c|--conf|-l|--logfile|-p|--pidfile|-s|--statefile|-H|--hash)
		COMPREPLY=($(compgen -f -- "$word"))
		return
		;;
	-d|--daemon|-g|--group)
		return
		;;
	start|stop|restart|monitor|unmonitor|beat|status|summary|why|events|silence|unsilence)
		COMPREPLY=($(compgen -W "all $(monit -B summary 2>/dev/null | sed '1,2d; s/^ *//; s/  .*//')" -- "$word"))
		return
		;;
	report)
		COMPREPLY=($(compgen -W "up down initialising unmonitored total" -- "$word"))
		return
		;;
	esac
	case $word in
	-*) COMPREPLY=($(compgen -W "-c --conf -d --daemon -g --group -l --logfile -p --pidfile -s --statefile -I --interactive -i --id -r --resetid -B --batch -t --test -v --verbose -H --hash -V --version -h --help --demo --json --list" -- "$word")) ;;
	*) COMPREPLY=($(compgen -W "start stop restart monitor unmonitor beat status summary report why events silence unsilence test reload quit validate procmatch lint version help" -- "$word")) ;;
	esac
}
complete -F _monit monit
