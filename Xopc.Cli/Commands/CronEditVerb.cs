using System.CommandLine;
using System.Text.Json.Nodes;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc cron edit</c>: what is given takes the place of what was.</summary>
internal sealed class CronEditVerb : AskingVerb
{
    private readonly Argument<string> _id = new("id") { Description = "As xopc cron list shows it" };
    private readonly CronScheduleOptions _schedule = new(isNeeded: false);
    private readonly CronJobOptions _job = new();
    private readonly Option<string[]> _clear = new("--clear") { Description = "A field to take away: name, timezone, model, delivery, endsAt, maxRuns, …; repeatable" };

    public CronEditVerb(CliContext cli) : base(
        cli, "edit", "Change a job: what is given takes the place of what was.", "xopc cron edit morning \"0 9 * * *\"", "xopc cron edit morning --message \"And tomorrow?\" --clear endsAt")
    {
        Add(_id);
        _schedule.AddTo(this);
        _job.AddTo(this);
        Add(_clear);
        Asks(
            parsed =>
            {
                var body = new JsonObject();
                _schedule.Fill(parsed, body);
                _job.Fill(parsed, body);
                foreach (var field in parsed.GetValue(_clear) ?? [])
                {
                    body[field] = null;
                }

                return new GatewayAsk(HttpMethod.Patch, $"/api/cron/{Uri.EscapeDataString(parsed.GetRequiredValue(_id))}") { Json = body };
            },
            static answer => [$"It is version {(answer.Child("job") is { } job && job.TryGetProperty("version", out var version) ? version.GetRawText() : "?")}; next: {answer.Child("job")?.Text("next_run") ?? "-"}."]);
    }
}
