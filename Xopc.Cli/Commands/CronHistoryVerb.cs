using System.CommandLine;
using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc cron history</c>: what became of due instants, the newest first.</summary>
internal sealed class CronHistoryVerb : AskingVerb
{
    private readonly Argument<string?> _id = new("id") { Description = "Of this job; left out, of all", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int> _limit = new("--limit") { Description = "How many, at most 500", DefaultValueFactory = _ => 20 };

    public CronHistoryVerb(CliContext cli) : base(cli, "history", "Show what became of the due instants, the newest first.", "xopc cron history", "xopc cron history morning --limit 5 --json")
    {
        Add(_id);
        Add(_limit);
        Asks(
            parsed => new GatewayAsk(
                HttpMethod.Get, parsed.GetValue(_id) is { } id ? $"/api/cron/{Uri.EscapeDataString(id)}/history?limit={parsed.GetValue(_limit)}" : $"/api/cron/runs/history?limit={parsed.GetValue(_limit)}"),
            static answer => Table(
                ["DUE", "JOB", "OUTCOME", "DELIVERY", "WHAT"],
                answer.Items("history").Concat(answer.Items("runs")).Select(static row => (string[])
                [
                    row.Text("dueAt") ?? "", row.Text("jobId") ?? "", row.Text("outcome") ?? row.Text("status") ?? "", row.Child("delivery")?.Text("state") ?? "", WhatOf(row),
                ]),
                "Nothing was due yet."));
    }

    private static string WhatOf(JsonElement row)
    {
        var what = (row.Text("reason") ?? row.Text("summary") ?? "").ReplaceLineEndings(" ");
        return what.Length <= 80 ? what : what[..79] + "…";
    }
}
