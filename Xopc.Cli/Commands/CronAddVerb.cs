using System.CommandLine;
using System.Text.Json.Nodes;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc cron add</c>: a new job.</summary>
internal sealed class CronAddVerb : AskingVerb
{
    private readonly CronScheduleOptions _schedule = new(isNeeded: true);
    private readonly CronJobOptions _job = new();
    private readonly Option<string?> _id = new("--id") { Description = "1 to 32 of a-z 0-9 - _ (else one is made)" };
    private readonly Option<bool> _disabled = new("--disabled") { Description = "Switched off until xopc cron enable" };

    public CronAddVerb(CliContext cli) : base(
        cli, "add", "Make a job.",
        "xopc cron add \"0 8 * * 1-5\" --id morning --timezone Europe/Berlin --message \"What is on today?\" --to telegram:123456789",
        "xopc cron add --every 10m --event \"Drink some water\" --to telegram:123456789", "xopc cron add --at 2026-12-24T18:00:00+01:00 --message \"Sing something\"")
    {
        _schedule.AddTo(this);
        _job.AddTo(this);
        Add(_id);
        Add(_disabled);
        Validators.Add(result =>
        {
            if (!_job.SaysWhat(result))
            {
                result.AddError("Say what: --message for an agent, or --event for people.");
            }
        });
        Asks(
            parsed =>
            {
                var body = new JsonObject();
                if (parsed.GetValue(_id) is { } id)
                {
                    body["id"] = id;
                }

                if (parsed.GetValue(_disabled))
                {
                    body["enabled"] = false;
                }

                _schedule.Fill(parsed, body);
                _job.Fill(parsed, body);
                return new GatewayAsk(HttpMethod.Post, "/api/cron") { Json = body };
            },
            static answer => [$"Job {answer.Text("id")}; next: {answer.Child("job")?.Text("next_run") ?? "-"}."]);
    }
}
