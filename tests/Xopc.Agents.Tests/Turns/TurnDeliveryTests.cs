using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

/// <summary>Turns that came from a channel: whatever becomes of them, the person hears of it once.</summary>
public sealed class TurnDeliveryTests : ModelHostTest
{
    private const string Key = "main:telegram:default:dm:42";
    private static readonly DeliveryTarget Person = new("telegram", "default", "dm", "42");

    [Fact]
    public async Task An_answer_is_delivered_as_it_is()
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say("It is sunny."));

        Assert.Equal(("reply:telegram:default:1", "It is sunny."), await DeliveredAsync(host));
    }

    [Theory]
    [InlineData(401, "I could not answer: the model's provider refused the key.")]
    [InlineData(400, "I could not answer: the model's provider refused the request.")]
    public async Task A_turn_that_failed_without_a_word_tells_why_in_a_sentence_of_ours(int status, string sentence)
    {
        await using var host = await HostAsync();
        Model.ForModel("echo", ModelScript.Fail(status, message: "secret words of the provider"));

        Assert.Equal(("reply:telegram:default:1", sentence), await DeliveredAsync(host));
    }

    [Fact]
    public async Task A_part_of_an_answer_is_delivered_with_the_reason_why_it_ends()
    {
        await using var host = await HostAsync();
        await AcceptAsync(host, died: (1, "The weather"));

        Assert.Equal("The weather\n\nThe answer ends here: the gateway was restarted in the middle of it.", (await NextAsync(host)).Text);
        Assert.Empty(Model.Requests);
    }

    [Fact]
    public async Task A_turn_whose_gateway_died_again_and_again_is_told_of_too()
    {
        await using var host = await HostAsync();
        await AcceptAsync(host, died: (3, ""));

        Assert.Equal("I could not answer: several attempts were cut off.", (await NextAsync(host)).Text);
        Assert.Empty(Model.Requests);
    }

    [Theory]
    [InlineData("55", null)]
    [InlineData("55", "reply:before")]
    [InlineData(null, "reply:before")]
    public async Task Channels_are_told_when_an_answer_to_somebodys_message_begins_to_be_written_and_what_comes_before_it(string? message, string? before)
    {
        await using var host = await HostAsync();
        if (before is not null)
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            await Database(host).WriteAsync(
                tx =>
                {
                    Outbox.Add(tx, new StreamMessage(before, WorkStreams.Deliveries, Person.Key, "{}"u8.ToArray(), "agents", "operator"), now);
                    Outbox.Add(tx, new StreamMessage("reply:elsewhere", WorkStreams.Deliveries, Person.Key + "0", "{}"u8.ToArray(), "agents", "operator"), now);
                },
                AgentsHost.Cancelled);
        }

        var started = new System.Collections.Concurrent.ConcurrentQueue<RunStarted>();
        using var attached = host.Get<Messaging.IEventLog>().Attach(logged =>
        {
            if (logged.Message.Type == RunStarted.Event)
            {
                started.Enqueue(JsonSerializer.Deserialize(logged.Message.Data.Span, ContractsJson.Default.RunStarted)!);
            }
        });

        await AcceptAsync(host, message: message);
        await UntilAsync(host, async () => await Database(host).ReadAsync(reader => reader.Scalar("SELECT 1 FROM runs WHERE state = 'ok'") is not null, AgentsHost.Cancelled));

        var run = await Database(host).ReadAsync(reader => (string)reader.Scalar("SELECT run_id FROM runs")!, AgentsHost.Cancelled);
        Assert.Equal(message is null ? [] : [new RunStarted(Key, run, "telegram:default:1", Person, message, before)], started);
    }

    [Fact]
    public async Task A_turn_that_its_person_stopped_needs_no_word()
    {
        await using var host = await HostAsync();
        await AcceptAsync(host, aborted: true);
        await UntilAsync(host, async () => await Database(host).ReadAsync(reader => reader.Scalar("SELECT 1 FROM runs WHERE state = 'aborted'") is not null, AgentsHost.Cancelled));

        Assert.Equal(0L, await Database(host).ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM outbox"), AgentsHost.Cancelled));
    }

    private static async Task<(string Id, string Text)> DeliveredAsync(AgentsHost host)
    {
        await AcceptAsync(host);
        return await NextAsync(host);
    }

    // In one transaction, so that no poll of idle sessions sees the half of it.
    private static Task AcceptAsync(AgentsHost host, (int Times, string Partial)? died = null, bool aborted = false, string? message = null) =>
        Database(host).WriteAsync(
            tx =>
            {
                var request = new TurnRequested(Key, "What is the weather?", Person, ReplyToMessageId: message);
                var accepted = new StreamMessage(
                    "telegram:default:1", WorkStreams.Turns, Key, JsonSerializer.SerializeToUtf8Bytes(request, ContractsJson.Default.TurnRequested), "channels", "operator");
                Inbox.Accept(tx, accepted, 100, 1);
                host.Get<TurnStreamIntake>().Intake.Accept(tx, accepted);
                tx.Execute("UPDATE runs SET abort_requested = @aborted", ("aborted", aborted ? 1L : 0L));
                tx.Execute("UPDATE inbox SET attempt = @times", ("times", (long)(died?.Times ?? 0)));
                if (died is { Partial.Length: > 0 } dead)
                {
                    tx.Execute("INSERT INTO run_journal (run_id, attempt, seq, principal_id, text) SELECT run_id, 1, 1, 'operator', @text FROM runs", ("text", dead.Partial));
                }
            },
            AgentsHost.Cancelled);

    private static async Task<(string Id, string Text)> NextAsync(AgentsHost host)
    {
        (string Id, string Text)? found = null;
        await UntilAsync(host, async () =>
        {
            found = await Database(host).ReadAsync(
                reader => reader.QueryFirst(
                    "SELECT id, body FROM outbox", static row => new Tuple<string, byte[]>(row.GetString(0), row.GetFieldValue<byte[]>(1))) is { } row
                        ? (row.Item1, JsonSerializer.Deserialize(row.Item2, ContractsJson.Default.DeliveryRequested)!.Text)
                        : ((string, string)?)null,
                AgentsHost.Cancelled);
            return found is not null;
        });
        return found!.Value;
    }

    private static Database Database(AgentsHost host) => host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);
}
