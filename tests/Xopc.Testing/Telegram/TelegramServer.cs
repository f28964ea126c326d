using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Xopc.Testing.Telegram;

/// <summary>
/// A Bot API server on a loopback port of its own, with bots, people and chats. It checks what it is sent, keeps a book of everything a person can see, and
/// misbehaves where it is told to. Any number of processes may talk to it; it lives in the one that started it.
/// </summary>
public sealed class TelegramServer : IAsyncDisposable
{
    private const int MostPresses = 100_000;

    private readonly WebApplication _app;
    private readonly BotApiEndpoint _endpoint;
    private readonly Dictionary<string, FakeBot> _bots = new(StringComparer.Ordinal);
    private readonly Dictionary<long, FakeChat> _chats = [];
    private readonly Dictionary<(FakeBot Bot, long PersonId), FakeChat> _privateChats = [];
    private readonly Dictionary<string, PressedButton> _presses = new(StringComparer.Ordinal);
    private readonly Queue<string> _pressOrder = new();
    private volatile RateLimits _limits = RateLimits.None;
    private long _order;
    private long _lastPersonId = 1000;
    private long _lastGroupId = -2000;
    private long _lastSupergroupId = -1_002_000_000_000;
    private int _lastMediaGroup;

    private TelegramServer(TimeProvider clock, int port)
    {
        Clock = clock;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.Limits.MaxRequestBodySize = 64L * 1024 * 1024;
            options.AddServerHeader = false;
        });
        _app = builder.Build();
        _endpoint = new BotApiEndpoint(this);
        _app.Run(_endpoint.AnswerAsync);
    }

    /// <summary>Root of the server, without a path: the client's base URL.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Enforced from now on. At first none are.</summary>
    public RateLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>From a push that failed to the next, by the server's clock.</summary>
    public TimeSpan WebhookRetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Every chat there is.</summary>
    public IReadOnlyList<FakeChat> Chats
    {
        get
        {
            lock (Gate)
            {
                return [.. _chats.Values, .. _privateChats.Values];
            }
        }
    }

    /// <summary>Guards bots, chats and books. Feeds, logs and faults have locks of their own, taken inside of it.</summary>
    internal Lock Gate { get; } = new();

    internal TimeProvider Clock { get; }

    internal Changes Changes { get; } = new();

    internal FileStore Files { get; } = new();

    /// <param name="clock">For polls, ghosts, limits, delays and dates; null: the system's.</param>
    /// <param name="port">0: a free one.</param>
    public static async Task<TelegramServer> StartAsync(TimeProvider? clock = null, int port = 0)
    {
        var server = new TelegramServer(clock ?? TimeProvider.System, port);
        await server._app.StartAsync();
        return server;
    }

    /// <param name="token">Begins with the bot's id: <c>123456:secret</c>.</param>
    public FakeBot AddBot(string token, string username)
    {
        lock (Gate)
        {
            var bot = new FakeBot(this, long.Parse(token.AsSpan(0, token.IndexOf(':'))), token, username);
            _bots.Add(token, bot);
            return bot;
        }
    }

    public FakePerson AddPerson(string name, string? username = null) => new(this, Interlocked.Increment(ref _lastPersonId), name, username);

    public FakeChat AddGroup(string title, params FakeBot[] bots) =>
        AddChat(new FakeChat(this, Interlocked.Decrement(ref _lastGroupId), ChatKind.Group, title, null), bots);

    public FakeChat AddSupergroup(string title, bool isForum, params FakeBot[] bots) =>
        AddChat(new FakeChat(this, Interlocked.Decrement(ref _lastSupergroupId), ChatKind.Supergroup, title, null, isForum), bots);

    public FakeChat AddChannel(string title, string username, params FakeBot[] bots) =>
        AddChat(new FakeChat(this, Interlocked.Decrement(ref _lastSupergroupId), ChatKind.Channel, title, username), bots);

    /// <summary>Waits for anything that can be asked of the server, its bots and its chats.</summary>
    /// <param name="what">For the message of the timeout.</param>
    public Task WaitForAsync(Func<bool> predicate, string what, CancellationToken cancellationToken) =>
        Changes.WaitAsync(() => predicate() ? this : null, () => $"{what} did not come to be.", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var bot in _bots.Values)
        {
            if (bot.Webhook is { } webhook)
            {
                await webhook.DisposeAsync();
            }
        }

        // Polls and mute answers end with their connections; nothing here is worth a wait.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _endpoint.Dispose();
    }

    internal long NextOrder() => Interlocked.Increment(ref _order);

    internal string NextMediaGroup() => $"13{Interlocked.Increment(ref _lastMediaGroup):D10}";

    internal FakeBot? BotByToken(string token)
    {
        lock (Gate)
        {
            return _bots.GetValueOrDefault(token);
        }
    }

    /// <summary>Called under the lock, as are the following.</summary>
    internal FakeBot BotById(long id) => _bots.Values.First(bot => bot.Id == id);

    /// <summary>A chat as the bot knows it.</summary>
    /// <param name="reference">A number, or <c>@username</c> of a channel.</param>
    internal FakeChat Chat(FakeBot bot, string? reference)
    {
        if (string.IsNullOrEmpty(reference))
        {
            throw BotApiException.BadRequest("chat_id is empty");
        }

        var chat = long.TryParse(reference, out var id)
            ? _privateChats.GetValueOrDefault((bot, id)) ?? _chats.GetValueOrDefault(id)
            : _chats.Values.FirstOrDefault(named => "@" + named.Username == reference);
        return chat is not null && chat.Knows(bot) ? chat : throw BotApiException.BadRequest("chat not found");
    }

    internal PressedButton AddPress(string data)
    {
        var pressed = new PressedButton($"4{NextOrder():D17}", data);
        _presses[pressed.Id] = pressed;
        _pressOrder.Enqueue(pressed.Id);
        if (_pressOrder.Count > MostPresses)
        {
            _presses.Remove(_pressOrder.Dequeue());
        }

        return pressed;
    }

    internal PressedButton? TakePress(string id) => _presses.Remove(id, out var pressed) ? pressed : null;

    internal FakeChat PrivateChat(FakeBot bot, FakePerson person)
    {
        lock (Gate)
        {
            if (!_privateChats.TryGetValue((bot, person.Id), out var chat))
            {
                chat = new FakeChat(this, person.Id, ChatKind.Private, person.Name, person.Username);
                chat.Join(bot);
                _privateChats.Add((bot, person.Id), chat);
            }

            return chat;
        }
    }

    private FakeChat AddChat(FakeChat chat, FakeBot[] bots)
    {
        lock (Gate)
        {
            foreach (var bot in bots)
            {
                chat.Join(bot);
            }

            _chats.Add(chat.Id, chat);
            return chat;
        }
    }
}
