using System.CommandLine;
using System.Text.Json.Nodes;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc cron preview</c>: when a schedule would be due.</summary>
internal sealed class CronPreviewVerb : AskingVerb
{
    private readonly CronScheduleOptions _schedule = new(isNeeded: true);
    private readonly Option<int> _count = new("--count") { Description = "How many instants, at most 100", DefaultValueFactory = _ => 5 };

    public CronPreviewVerb(CliContext cli) : base(
        cli, "preview", "Say when a schedule would be due.", "xopc cron preview \"30 2 * * *\" --timezone Europe/Berlin", "xopc cron preview --every 90m --count 3")
    {
        _schedule.AddTo(this);
        Add(_count);
        Asks(
            parsed =>
            {
                var body = new JsonObject { ["count"] = parsed.GetValue(_count) };
                _schedule.Fill(parsed, body);
                return new GatewayAsk(HttpMethod.Post, "/api/cron/preview") { Json = body };
            },
            static answer =>
            [
                $"{answer.Text("words")} ({answer.Text("timezone")})",
                .. answer.Items("firings").Select(static firing => $"  {firing.Text("local")}"),
            ]);
    }
}
