using System.Text;
using System.Text.Json;
using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Configuration;
using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>Asks the agents for the turn (or the command) that a group of messages is: outbox row and the rows' outcome, one transaction.</summary>
internal sealed class TurnDispatch([FromKeyedServices(ChannelsSchema.Database)] Database database, ConfigStore configuration, TypingIndicator typing, TurnPace pace, TimeProvider clock)
{
    // The bound of a turn's text, with room for the JSON around it.
    private const int MaxTextBytes = 1024 * 1024;

    /// <summary>How long the group has to wait before it may become a turn. A command never waits.</summary>
    public TimeSpan WaitFor(IReadOnlyList<InboundMessage> messages) => CommandOf(messages) is null ? pace.WaitFor(messages[0]) : TimeSpan.Zero;

    /// <param name="messages">The group's messages with their files.</param>
    public async Task DispatchAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, IReadOnlyList<InboundMessage> messages, AccountSettings settings)
    {
        var first = messages[0];
        var route = configuration.Router.Resolve(new RouteQuery(first.Channel, first.AccountId, first.PeerKind, PeerOf(first), first.ThreadId));
        var text = Words(messages);
        var command = CommandOf(messages);
        var files = messages.SelectMany(message => message.Media).Where(file => file.BlobId is not null).ToList();
        var session = route.SessionKey.Value;
        var target = IntakeNotice.TargetOf(first);
        var turn = new TurnRequested(
            session, command?.Arguments ?? text, target,
            BlobIds: files.Count == 0 ? null : [.. files.Select(file => file.BlobId!)],
            Attachments: files.Count == 0 ? null : [.. files.Select(Attachment)],
            Command: command?.Name, Busy: settings.Busy, ReplyToMessageId: messages[^1].MessageId);
        var message = new StreamMessage(
            group[0].Id, WorkStreams.Turns, command is null ? session : TurnRequested.CommandKey(session),
            JsonSerializer.SerializeToUtf8Bytes(turn, ContractsJson.Default.TurnRequested), ChannelsSchema.Database, IntakeTable.PersonOf(first), group[0].TraceParent);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(
            tx =>
            {
                IntakeTable.End(tx, lease, group, command is null ? IntakeStates.Turn : IntakeStates.Command, null, message.Id, now);
                Outbox.Add(tx, message, now);
                DeliveryLedger.ClearMark(tx, DeliveryLedger.KeyOf(tx, target)); // whoever writes can be written to
                FaultPoint.Reach("dispatch.writing");
            },
            CancellationToken.None);
        FaultPoint.Reach("dispatch.committed");
        if (command is null)
        {
            typing.Begin(target, session, message.Id);
        }
    }

    private static ChatCommand? CommandOf(IReadOnlyList<InboundMessage> messages) =>
        messages is [{ Media.Count: 0 } only] ? ChatCommand.Parse(only.Text) : null;

    // In a direct conversation the person is the peer, by whatever id the conversation has.
    private static string PeerOf(InboundMessage message) => message.PeerKind == "dm" ? message.SenderId : message.PeerId;

    private static string Words(IReadOnlyList<InboundMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            Add(text, Speaker(message) + message.Text);
            foreach (var file in message.Media.Where(file => file.Missing is not null))
            {
                Add(text, $"[{file.Kind}{(file.Name is null ? "" : " " + file.Name)} was sent and is not here: {file.Missing}]");
            }
        }

        return Cut(text.ToString());
    }

    // In a group the agent has to know who speaks.
    private static string Speaker(InboundMessage message) =>
        message is { PeerKind: "group", Text.Length: > 0, SenderName: { Length: > 0 } name } && !message.Text.StartsWith('/') ? $"{name}: " : "";

    private static void Add(StringBuilder text, string words)
    {
        if (words.Length > 0)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(words);
        }
    }

    private static string Cut(string text)
    {
        // No platform sends so much; what would is said to be cut, not cut in silence.
        if (Encoding.UTF8.GetByteCount(text) <= MaxTextBytes)
        {
            return text;
        }

        var end = MaxTextBytes / 4;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "\n[The rest was longer than 1 MiB and is left out.]";
    }

    private static TurnAttachment Attachment(InboundMedia file) => new(
        file.Name ?? $"{file.Kind}", file.MimeType ?? "application/octet-stream", file.Size ?? 0);
}
