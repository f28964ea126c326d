using Xopc.Channels;
using Xopc.Configuration;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redis;
using Xopc.ServiceDefaults.Trust;

return await ServiceProgram.RunAsync(args, async builder =>
{
    builder.AddXopcConfiguration();
    builder.AddServiceDefaults("xopc-channels", builder.StartupPaths().LogsDirectory);
    builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
    builder.AddXopcRedis("redis");
    builder.AddChannels();

    var app = builder.Build();
    app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
    app.MapDefaultEndpoints().MapChannels();
    await app.RunAsync();
});
