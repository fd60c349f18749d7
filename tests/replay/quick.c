#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int argc,char**argv){
 int hosts=argc>1?atoi(argv[1]):5, weeks=argc>2?atoi(argv[2]):1; unsigned seed0=argc>3?(unsigned)atoi(argv[3]):1; int verbose=argc>4;
 struct nv_config c; nv_config_init(&c); struct nv_error err;
 unsigned per[2][NV_I_END]={0}; unsigned cls[2]={0},total[2]={0},crit=0; unsigned n_h=0;
 struct timespec a,b; clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&a); long steps=0;
 for(int s=0;s<hosts;s++){ static struct host h; struct host_options o={getenv("DISP")?2:1,0,-1}; host_init(&h,seed0+(unsigned)s,&o);
  struct nv_engine*e=getenv("NOENG")?NULL:nv_engine_new(&c,&err); uint32_t after=0; static struct nv_event ev[64]; unsigned mine=0;
  for(int64_t t=0;t<(int64_t)weeks*WEEK_STEPS;t++){ host_step(&h); steps++; if(!e)continue; nv_engine_feed(e,&h.snapshot);
   unsigned n; while((n=nv_engine_events(e,after,ev,64))){ for(unsigned i=0;i<n;i++){ after=ev[i].number; int w=t>=WEEK_STEPS;
     if(verbose&&(ev[i].now==NV_WARNING||ev[i].now==NV_CRITICAL||argc>5)) printf("host %u kind %d day %.2f %s\n",seed0+(unsigned)s,(int)h.kind,(double)t/DAY_STEPS,ev[i].text);
     if(ev[i].now==NV_CRITICAL)crit++;
     if((ev[i].now==NV_WARNING||ev[i].now==NV_CRITICAL)&&ev[i].before<NV_WARNING){ if(ev[i].kind==NV_EVENT_CLASS)cls[w]++; else {per[w][ev[i].indicator]++; total[w]++;mine++;} } } } }
  n_h++; nv_engine_free(e);} 
 clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&b); double us=((double)(b.tv_sec-a.tv_sec)*1e9+(double)(b.tv_nsec-a.tv_nsec))/1e3;
 double m1=hosts*7/30.4, m2=hosts*(weeks-1)*7/30.4;
 for(unsigned i=1;i<NV_I_END;i++) if(per[0][i]||per[1][i]) printf("%-22s %.2f %.2f\n",nv_indicators[i].name,per[0][i]/m1,m2>0?per[1][i]/m2:0);
 printf("indicators week1 %.2f later %.2f; classes %.2f %.2f; crit events %u; %.2f us/step\n",total[0]/m1,m2>0?total[1]/m2:0,cls[0]/m1,m2>0?cls[1]/m2:0,crit,us/(double)steps);
}
