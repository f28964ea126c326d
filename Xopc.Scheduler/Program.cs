using Xopc.Scheduler;
using Xopc.Configuration;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redis;
using Xopc.ServiceDefaults.Trust;

return await ServiceProgram.RunAsync(args, async builder =>
{
    builder.AddXopcConfiguration();
    builder.AddServiceDefaults("xopc-scheduler", builder.StartupPaths().LogsDirectory);
    builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
    builder.AddXopcRedis("redis");
    builder.AddScheduler();

    var app = builder.Build();
    app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
    app.MapDefaultEndpoints().MapScheduler();
    await app.RunAsync();
});
