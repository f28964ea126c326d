using System.Threading.Channels;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Edge;

/// <summary>
/// Keeps the credential equal to what is configured, while the gateway runs: the file of the generated token is read four times a second (49 bytes), a
/// reloaded configuration is taken over at once, and an edge that rotated says so over <c>control</c>.
/// </summary>
internal sealed partial class CredentialWatch : DrainWorker
{
    internal static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private readonly GatewayCredential _credential;
    private readonly ConfigStore _config;
    private readonly StatePaths _paths;
    private readonly SecretRegistry? _secrets;
    private readonly ILogger<CredentialWatch> _logger;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _applying = new();
    private readonly IDisposable _control;
    private readonly IDisposable _changes;
    private ITimer? _timer;
    private string? _secret;
    private string? _said;
    private volatile bool _reload;

    public CredentialWatch(
        GatewayCredential credential, ConfigStore config, StatePaths paths, IControlBroadcast control, TimeProvider clock, ILogger<CredentialWatch> logger,
        SecretRegistry? secrets = null) : base(clock, logger)
    {
        (_credential, _config, _paths, _secrets, _logger) = (credential, config, paths, secrets, logger);
        _control = control.Attach(Hear);
        _changes = config.OnChange(_ => _wake.Writer.TryWrite(true));
    }

    public override string Name => "credential";

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = Clock.CreateTimer(_ => _wake.Writer.TryWrite(true), null, LookEvery, LookEvery);
        return base.StartAsync(cancellationToken);
    }

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        if (_reload)
        {
            _reload = false;
            await _config.ReloadAsync(cancellationToken);
        }

        Look();
        return false;
    }

    /// <summary>Reads the configuration and the file again and takes over what they say, before it returns.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        await _config.ReloadAsync(cancellationToken);
        Look();
    }

    public override void Dispose()
    {
        _control.Dispose();
        _changes.Dispose();
        _timer?.Dispose();
        base.Dispose();
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    private void Look()
    {
        if (!_credential.FollowsConfiguration)
        {
            return; // the host brought one of its own
        }

        lock (_applying)
        {
            CredentialSource source;
            try
            {
                source = CredentialSource.Read(_config.Current.Gateway.Auth, _paths.CredentialsDirectory);
            }
            catch (Exception ex) when (ex is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                SayOnce(ex.Message, LogUnreadable);
                return;
            }

            if (!source.Is(_credential))
            {
                Apply(source);
            }
            else
            {
                (_secret, _said) = (source.Secret, null);
            }
        }
    }

    private void Apply(CredentialSource source)
    {
        if (source.Mode is GatewayAuthMode.None)
        {
            // Whether nobody may be asked is decided by the rules of the start, which know the address.
            SayOnce("none", _ => LogNoneWaits());
            return;
        }

        _secrets?.Register(source.Secret);
        _credential.Replace(source.Mode, source.Secret, source.Generated);
        _secrets?.Forget(_secret);
        (_secret, _said) = (source.Secret, null);
        LogReplaced(source.Mode);
    }

    private void SayOnce(string text, Action<string> say)
    {
        if (_said != text)
        {
            _said = text;
            say(text);
        }
    }

    private void Hear(ControlMessage message)
    {
        if (message.Kind == ControlKinds.Revoke && message.Subject == Principal.Operator.Id)
        {
            _reload = true;
            _wake.Writer.TryWrite(true);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The gateway's credential was replaced (mode {Mode}); what the old one had open is closed")]
    private partial void LogReplaced(GatewayAuthMode mode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "gateway.auth.mode none takes effect after a restart; until then the present credential is asked for")]
    private partial void LogNoneWaits();

    [LoggerMessage(Level = LogLevel.Error, Message = "The gateway's credential cannot be read again, the present one goes on: {Reason}")]
    private partial void LogUnreadable(string reason);
}
