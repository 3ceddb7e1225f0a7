//! `lockstep`: reads the arguments, runs, and turns what happened into an exit code. Decides nothing.

use std::process::ExitCode;

use clap::Parser as _;
use lockstep_cli::args::Args;
use lockstep_cli::context::Context;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(help) => {
            // A closed pipe is no reason to fail over help text.
            let _ = help.print();
            return ExitCode::from(if help.use_stderr() { 2 } else { 0 });
        }
    };
    let json = args.json;
    let done = Context::new(&args).and_then(|context| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|why| lockstep_cli::Failure::Fault(format!("Cannot start: {why}.")))?;
        let done = runtime.block_on(lockstep_cli::run(&context, args.command));
        // A read of the keyboard cannot be cancelled; it must not keep the program alive.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(json);
            ExitCode::from(failure.exit_code())
        }
    }
}
