using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

/// <summary>Turns that an occurrence of a job asks for: whatever becomes of them, the scheduler hears of it once, and people only of a whole answer that says something.</summary>
public sealed class TurnReportTests : ModelHostTest
{
    private const string Occurrence = "cron:news:1764590400";
    private const string Session = "cron:news";
    private static readonly DeliveryTarget Person = new("telegram", "two", "dm", "42");

    [Fact]
    public async Task An_answer_is_reported_and_delivered_by_the_account_that_was_named()
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say(new string('x', 250)));

        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence));

        var report = await ReportAsync(host);
        Assert.Equal((Occurrence, "ran", null, Occurrence, "fake/echo"), (report.OccurrenceId, report.Outcome, report.Reason, report.TurnId, report.Model));
        Assert.Equal(OccurrenceReported.SummaryLength, report.Summary!.Length);
        Assert.True(report.Tokens > 0);
        Assert.True(report.StartedMs > 0);
        Assert.Equal(($"reply:{Occurrence}", "queued"), (report.DeliveryId, report.DeliveryState));
        var delivery = Assert.Single(await DeliveriesAsync(host));
        Assert.Equal((Person, Occurrence), (delivery.Target, delivery.OccurrenceId));
    }

    [Theory]
    [InlineData("NO_REPLY")]
    [InlineData(" HEARTBEAT_OK All is well. ")]
    public async Task An_answer_that_says_nothing_ran_and_is_not_delivered(string answer)
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say(answer));

        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence));

        var report = await ReportAsync(host);
        Assert.Equal(("ran", "suppressed", null), (report.Outcome, report.DeliveryState, report.DeliveryId));
        Assert.Empty(await DeliveriesAsync(host));
    }

    [Fact]
    public async Task Beside_much_news_the_token_is_left_out()
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say("HEARTBEAT_OK " + new string('n', 301)));

        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence));
        await ReportAsync(host);

        Assert.Equal(new string('n', 301), Assert.Single(await DeliveriesAsync(host)).Text);
    }

    [Fact]
    public async Task A_failure_is_reported_in_words_of_ours_and_told_to_nobody_else()
    {
        await using var host = await HostAsync();
        Model.ForModel("echo", ModelScript.Fail(400, message: "secret words of the provider"));

        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence));

        var report = await ReportAsync(host);
        Assert.Equal(("failed", "the model's provider refused the request.", false, null), (report.Outcome, report.Reason, report.Blocks, report.DeliveryState));
        Assert.Empty(await DeliveriesAsync(host));
    }

    [Fact]
    public async Task A_model_that_does_not_exist_blocks_before_any_model_is_asked()
    {
        await using var host = await HostAsync();

        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Model: "nobody/knows", OccurrenceId: Occurrence));

        var report = await ReportAsync(host);
        Assert.Equal(("failed", true), (report.Outcome, report.Blocks));
        Assert.Contains("nobody/knows", report.Reason!, StringComparison.Ordinal);
        Assert.Empty(Model.Requests);
    }

    [Theory]
    [InlineData(1, "half an answer")]
    [InlineData(3, "")]
    public async Task What_died_in_the_middle_or_again_and_again_is_unknown(int times, string partial)
    {
        await using var host = await HostAsync();

        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence), died: (times, partial));

        Assert.Equal("unknown", (await ReportAsync(host)).Outcome);
        Assert.Empty(await DeliveriesAsync(host));
    }

    [Fact]
    public async Task A_cancelled_turn_ends_while_its_model_hangs()
    {
        await using var host = await HostAsync();
        var never = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["never"], Gate = _ => never.Task });
        await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence));
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        await CancelAsync(host);

        Assert.Equal("cancelled", (await ReportAsync(host)).Outcome);
        never.SetResult();
        Assert.Empty(await DeliveriesAsync(host));
    }

    [Fact]
    public async Task A_turn_that_is_cancelled_before_it_arrives_never_begins()
    {
        await using var host = await HostAsync();

        await CancelAsync(host);
        Assert.Equal(AcceptOutcome.Duplicate, await AcceptAsync(host, new TurnRequested(Session, "Any news?", Person, OccurrenceId: Occurrence)));

        Assert.Equal(("cancelled", Occurrence), ((await ReportAsync(host)).Outcome, (await ReportAsync(host)).TurnId));
        Assert.Empty(Model.Requests);
    }

    [Fact]
    public async Task A_person_who_asked_hears_a_word_like_the_token_as_it_is()
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say("NO_REPLY"));

        await AcceptAsync(host, new TurnRequested("main:telegram:two:dm:42", "Say NO_REPLY", Person));

        await UntilAsync(host, async () => (await DeliveriesAsync(host)).Count == 1);
        Assert.Equal("NO_REPLY", (await DeliveriesAsync(host))[0].Text);
    }

    private static Task<AcceptOutcome> CancelAsync(AgentsHost host) =>
        AcceptAsync(host, new TurnRequested(Session, Occurrence, Command: TurnRequested.CancelTurn, OccurrenceId: Occurrence), $"cancel:{Occurrence}", TurnRequested.CommandKey(Session));

    private static Task<AcceptOutcome> AcceptAsync(AgentsHost host, TurnRequested request, string id = Occurrence, string? key = null, (int Times, string Partial)? died = null) =>
        Database(host).WriteAsync(
            tx =>
            {
                var message = new StreamMessage(
                    id, WorkStreams.Turns, key ?? request.SessionKey, JsonSerializer.SerializeToUtf8Bytes(request, ContractsJson.Default.TurnRequested), "scheduler", "operator");
                if (Inbox.Accept(tx, message, 100, 1) is not AcceptOutcome.Accepted and var outcome)
                {
                    return outcome;
                }

                var intake = host.Get<TurnStreamIntake>().Intake;
                intake.Accept(tx, message);
                tx.OnCommitted(() => intake.Accepted([message.Key]));
                if (died is { } dead)
                {
                    tx.Execute("UPDATE inbox SET attempt = @times", ("times", (long)dead.Times));
                    if (dead.Partial.Length > 0)
                    {
                        tx.Execute("INSERT INTO run_journal (run_id, attempt, seq, principal_id, text) SELECT run_id, 1, 1, 'operator', @text FROM runs", ("text", dead.Partial));
                    }
                }

                return AcceptOutcome.Accepted;
            },
            AgentsHost.Cancelled);

    private static async Task<OccurrenceReported> ReportAsync(AgentsHost host)
    {
        OccurrenceReported? report = null;
        await UntilAsync(host, async () =>
        {
            var bodies = await BodiesAsync(host, WorkStreams.Occurrences);
            report = bodies.Count == 0 ? null : JsonSerializer.Deserialize(Assert.Single(bodies), ContractsJson.Default.OccurrenceReported);
            return report is not null;
        });
        return report!;
    }

    private static async Task<List<DeliveryRequested>> DeliveriesAsync(AgentsHost host) =>
        (await BodiesAsync(host, WorkStreams.Deliveries)).ConvertAll(body => JsonSerializer.Deserialize(body, ContractsJson.Default.DeliveryRequested)!);

    private static Task<List<byte[]>> BodiesAsync(AgentsHost host, string stream) =>
        Database(host).ReadAsync(
            reader => reader.Query("SELECT body FROM outbox WHERE stream = @stream ORDER BY seq", static row => row.GetFieldValue<byte[]>(0), ("stream", stream)),
            AgentsHost.Cancelled).AsTask();

    private static Database Database(AgentsHost host) => host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);
}
