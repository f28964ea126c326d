using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc cron list</c>: one line per job.</summary>
internal sealed class CronListVerb : AskingVerb
{
    public CronListVerb(CliContext cli) : base(cli, "list", "List the jobs.", "xopc cron list", "xopc cron list --json") => Asks(
        static _ => new GatewayAsk(HttpMethod.Get, "/api/cron?limit=500"),
        static answer => Table(
            ["ID", "NAME", "SCHEDULE", "ZONE", "NEXT", "STATE"],
            answer.Items("jobs").Select(static job => (string[])
            [
                job.Text("id") ?? "", job.Text("name") ?? "", job.Text("schedule") ?? "", job.Text("timezone") ?? "", job.Text("next_run") ?? "-", CronWords.StateOf(job),
            ]),
            "There is none; xopc cron add makes one."));
}
