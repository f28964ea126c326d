using System.Net;
using Telegram.Bot;

namespace Xopc.Channels.Telegram;

/// <summary>
/// A client of the Bot API with connections of its own, nothing of which is logged or traced: the token stands in every address. The library repeats nothing;
/// whoever calls decides.
/// </summary>
internal sealed class TelegramConnection : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;

    public TelegramConnection(TelegramAccountSettings settings)
    {
        var sockets = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15), // follows a change of the name's addresses
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null, // no span with the address either
            AutomaticDecompression = DecompressionMethods.All,
        };
        if (settings.Config.Proxy is { } proxy)
        {
            sockets.Proxy = ProxyOf(new Uri(proxy));
        }

        // Every call has a deadline of its own.
        _http = new HttpClient(new SentTrackingHandler(sockets)) { Timeout = Timeout.InfiniteTimeSpan };
        Root = settings.Config.ApiRoot;
        Token = settings.Token;
        var options = new TelegramBotClientOptions(settings.Token, settings.Config.IsPublicApi ? null : Root) { RetryCount = 0, RetryThreshold = 0 };
        Client = new TelegramBotClient(options, _http);
    }

    public TelegramBotClient Client { get; }

    public string Root { get; }

    private string Token { get; }

    /// <summary>The beginning of a file's bytes.</summary>
    public async Task<HttpResponseMessage> GetFileAsync(string path, CancellationToken cancellationToken) =>
        await _http.GetAsync(new Uri($"{Root}/file/bot{Token}/{path}"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public void Dispose() => _http.Dispose();

    private static WebProxy ProxyOf(Uri proxy)
    {
        var web = new WebProxy(new UriBuilder(proxy) { UserName = "", Password = "" }.Uri);
        if (proxy.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password])
        {
            web.Credentials = new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
        }

        return web;
    }
}
